// SPDX-License-Identifier: Apache-2.0

/// A map with fixed keys.
struct Section {
    let field: ConfigurationField
    private let members: [ConfigNode.Member]

    /// Reports unknown keys (with the nearest known one) and keys given twice; `nil` where the field is no map.
    init?(_ field: ConfigurationField, keys: [String]) {
        switch field.node.content {
        case .map(let members):
            self.members = members
        case .scalar where field.node.isNull:
            members = []
        default:
            field.fail("must be a map, is \(field.node.kind)")
            return nil
        }
        self.field = field
        for member in members where !keys.contains(member.name) {
            let hint =
                member.name == "<<"
                ? "; merge keys are not supported" : ConfigurationField.hint(member.name, among: keys)
            let section = field.path.isEmpty ? "" : " in \(field.path)"
            field.problems.add(
                ConfigProblem(
                    .error,
                    line: member.line,
                    column: member.column,
                    "unknown key '\(member.name)'\(section)\(hint.isEmpty ? "; known are \(keys.joined(separator: ", "))" : hint)"
                )
            )
        }
    }

    /// The value of a key, or `nil` where it is absent or nothing is written behind it.
    func optional(_ key: String) -> ConfigurationField? {
        guard let member = members.first(where: { $0.name == key }), !member.value.isNull else { return nil }
        return ConfigurationField(node: member.value, path: path(key), problems: field.problems)
    }

    /// The value of a key, even where nothing is written behind it.
    func present(_ key: String) -> ConfigurationField? {
        guard let member = members.first(where: { $0.name == key }) else { return nil }
        return ConfigurationField(node: member.value, path: path(key), problems: field.problems)
    }

    /// The value of a key that must be there.
    func required(_ key: String) -> ConfigurationField? {
        if let found = optional(key) { return found }
        field.fail("'\(key)' is missing")
        return nil
    }

    private func path(_ key: String) -> String { field.path.isEmpty ? key : "\(field.path).\(key)" }
}
