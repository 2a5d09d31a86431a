// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// `${NAME}` and `${NAME:-default}` in a scalar, from the environment, and `${file:PATH}` from a file.
///
/// `$${` stands for `${`. A name that is not set (with `:-`: not set or empty) takes the default; without one it is a
/// fault. Values are put in as they are: what they hold is neither substituted again nor read as YAML.
enum Substitution {
    struct Fault: Error, Equatable {
        var message: String
    }

    /// - Parameter files: `nil` where files are not taken.
    static func apply(
        to text: String,
        environment: [String: String],
        files: SecretFiles? = nil
    ) throws(Fault) -> String {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                result += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                guard let end = rest.firstIndex(of: "}") else {
                    throw Fault(message: "'${' without '}'; write $${ for the two characters themselves")
                }
                result += try value(of: rest[rest.index(rest.startIndex, offsetBy: 2)..<end], environment, files)
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    private static func value(
        of body: Substring,
        _ environment: [String: String],
        _ files: SecretFiles?
    ) throws(Fault) -> String {
        if let files, body.hasPrefix("file:") {
            do throws(SecretFiles.Fault) {
                return try files.text(at: String(body.dropFirst(5)))
            } catch {
                throw Fault(message: error.message)
            }
        }
        var name = body
        var fallback: Substring?
        if let mark = body.firstRange(of: ":-") {
            name = body[..<mark.lowerBound]
            fallback = body[mark.upperBound...]
        }
        guard isName(name) else {
            throw Fault(message: "'${\(body)}' is no variable: a name has letters, digits and '_'; $${ is a plain ${")
        }
        let value = environment[String(name)]
        if let fallback { return value.flatMap { $0.isEmpty ? nil : $0 } ?? String(fallback) }
        guard let value else {
            throw Fault(message: "${\(name)} is not set in the environment; set it, or write ${\(name):-default}")
        }
        return value
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, !first.isASCIIDigit else { return false }
        return text.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }
    }
}
