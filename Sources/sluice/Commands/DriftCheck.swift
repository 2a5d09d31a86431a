// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceNode

/// How the release state of a running node differs from a file's first values.
struct DriftCheck {
    /// `nil` where no node answered at the file's admin address.
    private var lines: [String]?
    private var address: String

    static func of(_ configuration: NodeConfiguration) async -> DriftCheck {
        let address = "http://\(configuration.admin.listen.clientHost):\(configuration.admin.listen.port)"
        guard let token = configuration.knownAdminToken else { return DriftCheck(lines: nil, address: address) }
        let answer = try? await AdminClient.with(base: address, token: token.exposed, actor: nil) { client in
            try await client.call("GET", ["versions"])
        }
        guard case .array(let running)? = answer else { return DriftCheck(lines: nil, address: address) }
        return DriftCheck(lines: compare(configuration.versions, running), address: address)
    }

    var text: String {
        guard let lines else { return "drift      not known: no node answers at \(address)" }
        return lines.isEmpty ? "drift      none" : lines.map { "drift      \($0)" }.joined(separator: "\n")
    }

    var json: JSONValue {
        lines.map { .array($0.map { .string($0) }) } ?? .null
    }

    private static func compare(_ versions: [Version], _ running: [JSONValue]) -> [String] {
        var found: [String: JSONObject] = [:]
        for case .object(let object) in running {
            if case .string(let id)? = object["version_id"] { found[id] = object }
        }
        return versions.flatMap { version -> [String] in
            guard let object = found[version.id.rawValue] else { return ["\(version.id): not known to the node yet"] }
            var lines: [String] = []
            if case .string(let state)? = object["state"], state != version.release.state.rawValue {
                lines.append("\(version.id): state is \(state), the file says \(version.release.state.rawValue)")
            }
            if let weight = object["weight"]?.number, weight != version.release.weight.fraction {
                lines.append("\(version.id): weight is \(weight), the file says \(version.release.weight.fraction)")
            }
            if case .string(let hash)? = object["config_hash"], hash != version.configHash {
                lines.append("\(version.id): config_hash is \(hash), the file's is \(version.configHash)")
            }
            return lines
        }
    }
}
