// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension ConfigurationField {
    /// This value as JSON, typed by the YAML 1.2 core schema; what has no JSON form is reported.
    func json() -> JSONValue? {
        switch node.content {
        case .scalar(let text, .text):
            return .string(text)
        case .scalar(let text, .plain):
            do throws(YAMLCore.Fault) {
                return try YAMLCore.value(text)
            } catch {
                switch error {
                case .notFinite: fail("'\(text)' is no finite number, and JSON knows no other; quote it if it is text")
                case .tooLarge: fail("'\(text)' is larger than 64 bits; write it in decimal")
                }
                return nil
            }
        case .list:
            let items = list().map { $0.json() }
            return items.contains { $0 == nil } ? nil : .array(items.compactMap { $0 })
        case .map:
            var object = JSONObject()
            var isWhole = true
            for (name, value) in members() {
                guard case .scalar(let text, _) = name.node.content, let json = value.json() else {
                    isWhole = false
                    continue
                }
                object[text] = json
            }
            return isWhole ? .object(object) : nil
        }
    }

    /// The field a dotted path leads to, or the deepest one on the way that exists.
    func descendant(_ path: String) -> ConfigurationField {
        var field = self
        for name in path.split(separator: ".") {
            guard case .map(let members) = field.node.content, let member = members.first(where: { $0.name == name })
            else { return field }
            field = ConfigurationField(node: member.value, path: "\(field.path).\(member.name)", problems: problems)
        }
        return field
    }
}
