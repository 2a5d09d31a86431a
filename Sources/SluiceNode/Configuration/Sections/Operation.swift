// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceJournal
import SluiceTelemetry

extension ConfigurationReader {
    /// The name that every node had before it could be given one.
    static let standardNodeName = "node"

    func nodeName(_ field: ConfigurationField?) -> String {
        guard let field = field?.section(["name"])?.optional("name"), let text = field.text() else {
            return ConfigurationReader.standardNodeName
        }
        if !Journal.Configuration.isNode(text) {
            field.fail("must be 1 to 64 characters of a–z A–Z 0–9 and '.', '_', '-', the first no '.', is '\(text)'")
        }
        return text
    }

    func journal(_ field: ConfigurationField?, dataDirectory: String) -> NodeConfiguration.JournalSettings {
        let section = field?.section(["dir", "durability"])
        let path = section?.optional("dir")?.filledText().map(paths.resolve)
        return NodeConfiguration.JournalSettings(
            directory: path ?? "\(dataDirectory)/journal",
            durability: section?.optional("durability")?.choice(of: Journal.Durability.allCases) ?? .process
        )
    }

    func log(_ field: ConfigurationField?) -> NodeConfiguration.Log {
        let section = field?.section(["level", "format"])
        return NodeConfiguration.Log(
            level: section?.optional("level")?.choice(of: [
                Logger.Level.trace, .debug, .info, .notice, .warning, .error,
            ]) ?? .info,
            format: section?.optional("format")?.choice(of: LogFormat.allCases) ?? .text
        )
    }

    func trafficLog(_ field: ConfigurationField?) -> NodeConfiguration.TrafficLogSettings? {
        guard let section = field?.section(["path", "max_size", "keep"]),
            let path = section.required("path")?.filledText()
        else { return nil }
        return NodeConfiguration.TrafficLogSettings(
            path: paths.resolve(path),
            maxSize: section.optional("max_size")?.bytes(in: (64 << 10)...(64 << 30)) ?? 100 << 20,
            keep: section.optional("keep")?.integer(in: 0...1_000) ?? 5
        )
    }

    func drain(_ field: ConfigurationField?) -> NodeConfiguration.Drain {
        let section = field?.section(["timeout", "accept_for"])
        return NodeConfiguration.Drain(
            timeout: section?.optional("timeout")?.duration(in: .zero ... .seconds(86_400)) ?? .seconds(600),
            acceptFor: section?.optional("accept_for")?.duration(in: .zero ... .seconds(600)) ?? .zero
        )
    }

    func release(_ field: ConfigurationField?) -> Bool {
        field?.section(["auto_transition"])?.optional("auto_transition")?.bool() ?? false
    }

    func keyRules(_ field: ConfigurationField?) -> (prefix: String, grace: Duration) {
        let section = field?.section(["prefix", "rotation_grace"])
        var prefix = KeyText.standardPrefix
        if let field = section?.optional("prefix"), let text = field.text() {
            if (1...16).contains(text.utf8.count), text.utf8.allSatisfy(ConfigurationReader.isPrefixByte) {
                prefix = text
            } else {
                field.fail("must be 1 to 16 characters of a–z A–Z 0–9 and '-', is '\(text)'")
            }
        }
        let grace = section?.optional("rotation_grace")?.duration(in: .zero ... .seconds(90 * 86_400))
        return (prefix, grace ?? .seconds(86_400))
    }

    private static func isPrefixByte(_ byte: UInt8) -> Bool { byte.isASCIIAlphanumeric || byte == UInt8(ascii: "-") }
}
