// SPDX-License-Identifier: Apache-2.0
import Logging

/// One entry of the log in its two spellings.
struct LogLine {
    var time: String
    var level: Logger.Level
    var label: String
    var message: String
    var metadata: Logger.Metadata

    private static let redacted = "<redacted>"

    /// `{"time":…,"level":…,"logger":…,"message":…,"sluice.request.id":…}` and a line end.
    var json: String {
        var text = "{\"time\":"
        LogLine.quote(time, into: &text)
        text += ",\"level\":\"\(level.rawValue)\",\"logger\":"
        LogLine.quote(label, into: &text)
        text += ",\"message\":"
        LogLine.quote(message, into: &text)
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            text += ","
            LogLine.quote(name, into: &text)
            text += ":"
            LogLine.write(value, named: name, into: &text)
        }
        return text + "}\n"
    }

    /// `2026-11-20T23:49:04.125Z notice sluice: changed sluice.version=v2` and a line end.
    var text: String {
        var text = "\(time) \(level.rawValue) \(label): "
        LogLine.clean(message, into: &text)
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            text += " \(name)="
            let shown = LogLine.isSecret(name) ? LogLine.redacted : "\(value)"
            let isPlain = !shown.isEmpty && shown.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x3D }
            if isPlain { text += shown } else { LogLine.quote(shown, into: &text) }
        }
        return text + "\n"
    }

    /// Whether a name, by its last parts, speaks of something that must not be shown.
    static func isSecret(_ name: String) -> Bool {
        let name = name.lowercased()
        let words = [
            "authorization", "api_key", "apikey", "api-key", "secret", "password", "token_text", "pepper", "credential",
            "cookie", "admin.token", "bearer",
        ]
        return words.contains { name.contains($0) }
    }

    private static func write(_ value: Logger.MetadataValue, named name: String, into text: inout String) {
        guard !isSecret(name) else { return quote(redacted, into: &text) }
        switch value {
        case .string(let string): quote(string, into: &text)
        case .stringConvertible(let number): write(number, into: &text)
        case .array(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                write(value, named: name, into: &text)
            }
            text += "]"
        case .dictionary(let members):
            text += "{"
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { text += "," }
                quote(member.key, into: &text)
                text += ":"
                write(member.value, named: member.key, into: &text)
            }
            text += "}"
        }
    }

    /// Numbers and truth values stay what they are.
    private static func write(_ value: any CustomStringConvertible & Sendable, into text: inout String) {
        switch value {
        case let value as Bool: text += value ? "true" : "false"
        case let value as any BinaryInteger: text += "\(value)"
        case let value as Double where value.isFinite: text += "\(value)"
        default: quote(value.description, into: &text)
        }
    }

    /// A JSON string.
    static func quote(_ part: String, into text: inout String) {
        text += "\""
        for scalar in part.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..<" ", "\u{7F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    /// The message with line ends and control characters taken out, so that nobody can forge a line.
    private static func clean(_ part: String, into text: inout String) {
        for scalar in part.unicodeScalars {
            if scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x2028 || scalar.value == 0x2029 {
                text += " "
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }
}
