// SPDX-License-Identifier: Apache-2.0

extension VersionSettings {
    /// Targets beyond this number are refused: a request never tries more.
    package static let mostTargets = 16

    /// A list of providers, or of `{provider, api_version, weight}`.
    static func targets(_ value: JSONValue) throws(VersionSettingsError) -> [TargetSetting] {
        guard let items = value.array, (1...mostTargets).contains(items.count) else {
            throw VersionSettingsError(
                field: "targets",
                message: "must be a list of 1 to \(mostTargets) providers, or of {provider, api_version, weight}"
            )
        }
        var targets: [TargetSetting] = []
        for (index, item) in items.enumerated() {
            let target = try target(item, at: "targets.\(index)")
            guard !targets.contains(where: { $0.provider == target.provider && $0.apiVersion == target.apiVersion })
            else {
                throw VersionSettingsError(field: "targets.\(index)", message: "stands in the list twice")
            }
            targets.append(target)
        }
        return targets
    }

    private static func target(_ value: JSONValue, at field: String) throws(VersionSettingsError) -> TargetSetting {
        if let text = value.string { return TargetSetting(provider: try provider(text, at: field)) }
        guard let object = value.object else {
            throw VersionSettingsError(field: field, message: "must be a provider's id or an object")
        }
        var read: ProviderID?
        var apiVersion: String?
        var weight = 1
        for (name, value) in object.members {
            switch name {
            case "provider": read = try provider(value.string ?? "", at: "\(field).provider")
            case "api_version":
                guard let text = value.string, (1...256).contains(text.utf8.count) else {
                    throw VersionSettingsError(
                        field: "\(field).api_version",
                        message: "must name the provider's model, in 1 to 256 bytes"
                    )
                }
                apiVersion = text
            case "weight": weight = try count(value, in: 0...1_000_000, at: "\(field).weight")
            default: throw unknown(name, in: field, known: ["provider", "api_version", "weight"])
            }
        }
        guard let read else { throw VersionSettingsError(field: "\(field).provider", message: "is missing") }
        return TargetSetting(provider: read, apiVersion: apiVersion, weight: weight)
    }

    private static func provider(_ text: String, at field: String) throws(VersionSettingsError) -> ProviderID {
        guard let id = ProviderID(text) else {
            throw VersionSettingsError(field: field, message: "must be the id of a provider")
        }
        return id
    }

    static func count(
        _ value: JSONValue,
        in range: ClosedRange<Int>,
        at field: String
    ) throws(VersionSettingsError) -> Int {
        guard let count = value.int.flatMap({ Int(exactly: $0) }), range.contains(count) else {
            throw VersionSettingsError(
                field: field,
                message: "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return count
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ value: JSONValue,
        at field: String
    ) throws(VersionSettingsError) -> Choice {
        if let read = value.string.flatMap(Choice.init(rawValue:)) { return read }
        let known = Choice.allCases.map(\.rawValue)
        let near = Nearest.names(to: value.string ?? "", among: known).first
        let hint = near.map { "; did you mean \($0)?" } ?? ""
        throw VersionSettingsError(field: field, message: "must be one of \(known.joined(separator: ", "))\(hint)")
    }
}
