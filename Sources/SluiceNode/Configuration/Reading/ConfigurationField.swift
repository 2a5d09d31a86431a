// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// One value of the file with its path, asked for as the type it should have; what does not fit is reported.
struct ConfigurationField {
    let node: ConfigNode
    let path: String
    let problems: ProblemList

    func fail(_ message: String) {
        problems.add(ConfigProblem(.error, line: node.line, column: node.column, path: path, message))
    }

    func warn(_ message: String) {
        problems.add(ConfigProblem(.warning, line: node.line, column: node.column, path: path, message))
    }

    var isMap: Bool { if case .map = node.content { true } else { false } }

    /// The text of a single value, as written; empty where nothing is written.
    func text() -> String? {
        guard case .scalar(let text, let style) = node.content else {
            fail("must be a single value, is \(node.kind)")
            return nil
        }
        return style == .plain && YAMLCore.isNull(text) ? "" : text
    }

    /// The text of a secret, without the white space around it.
    func secretText() -> String? { text().map(SecretRules.trimmed) }

    /// Text that is not empty.
    func filledText() -> String? {
        guard let text = text() else { return nil }
        guard !text.isEmpty else {
            fail("must not be empty")
            return nil
        }
        return text
    }

    func bool() -> Bool? {
        guard let text = text() else { return nil }
        if let bool = YAMLCore.bool(text) { return bool }
        fail("must be true or false, is '\(text)'")
        return nil
    }

    func integer(in range: ClosedRange<Int>) -> Int? {
        guard let text = text() else { return nil }
        guard let value = Int(text), range.contains(value) else {
            fail("must be a whole number from \(range.lowerBound) to \(range.upperBound), is '\(text)'")
            return nil
        }
        return value
    }

    /// A number in a range of the everyday kind (not money).
    func number(in range: ClosedRange<Double>) -> Double? {
        guard let text = text() else { return nil }
        guard YAMLCore.isFloat(text), let value = Double(text), range.contains(value) else {
            fail(
                "must be a number from \(ConfigurationField.plain(range.lowerBound)) to \(ConfigurationField.plain(range.upperBound)), is '\(text)'"
            )
            return nil
        }
        return value
    }

    func choice<Choice: RawRepresentable<String>>(of choices: [Choice]) -> Choice? {
        guard let text = text() else { return nil }
        if let choice = choices.first(where: { $0.rawValue == text }) { return choice }
        let names = choices.map(\.rawValue)
        fail("must be \(ConfigurationField.either(names)), is '\(text)'\(ConfigurationField.hint(text, among: names))")
        return nil
    }

    /// An id of the house: a name that is safe in a header, a path and a metric label.
    func identifier<Subject>(_ type: Identifier<Subject>.Type) -> Identifier<Subject>? {
        guard let text = text() else { return nil }
        if let id = Identifier<Subject>(text) { return id }
        fail("must be 1 to 128 characters of A–Z a–z 0–9 . _ : / @ + -, is '\(text)'")
        return nil
    }

    func duration(in range: ClosedRange<Duration>) -> Duration? {
        guard let text = text() else { return nil }
        guard let value = Duration(configText: text) else {
            fail("must be a duration such as 500ms, 30s, 5m, 24h or 7d, is '\(text)'")
            return nil
        }
        guard range.contains(value) else {
            fail("must be from \(range.lowerBound.configText) to \(range.upperBound.configText), is '\(text)'")
            return nil
        }
        return value
    }

    /// A size: `512KiB`, `32MiB`, `1GiB`, or bytes.
    func bytes(in range: ClosedRange<Int>) -> Int? {
        guard let text = text() else { return nil }
        guard let value = ByteSize.read(text) else {
            fail("must be a size such as 512KiB, 32MiB or 1GiB, is '\(text)'")
            return nil
        }
        guard range.contains(value) else {
            fail("must be from \(ByteSize.text(range.lowerBound)) to \(ByteSize.text(range.upperBound)), is '\(text)'")
            return nil
        }
        return value
    }

    /// A size, or `off`.
    func bytes(in range: ClosedRange<Int>, orOff off: Int) -> Int? {
        if case .scalar("off", _) = node.content { return off }
        return bytes(in: range)
    }

    /// The entries of a list; a single value counts as a list of one, nothing as an empty one.
    func list() -> [ConfigurationField] {
        switch node.content {
        case .list(let items):
            items.enumerated().map {
                ConfigurationField(node: $0.element, path: "\(path)[\($0.offset)]", problems: problems)
            }
        case .scalar where node.isNull: []
        case .scalar: [self]
        case .map:
            {
                fail("must be a list, is a map"); return []
            }()
        }
    }

    /// The members of a map that is open to any name; nothing counts as an empty one.
    func members() -> [(name: ConfigurationField, value: ConfigurationField)] {
        switch node.content {
        case .map(let members):
            return members.map { member in
                let key = ConfigNode(
                    line: member.line,
                    column: member.column,
                    content: .scalar(member.name, style: .text)
                )
                let path = self.path.isEmpty ? member.name : "\(self.path).\(member.name)"
                return (
                    ConfigurationField(node: key, path: path, problems: problems),
                    ConfigurationField(node: member.value, path: path, problems: problems)
                )
            }
        case .scalar where node.isNull:
            return []
        default:
            fail("must be a map, is \(node.kind)")
            return []
        }
    }

    /// This value as a map with fixed keys, or `nil` where it is no map; unknown keys are reported.
    func section(_ keys: [String]) -> Section? { Section(self, keys: keys) }

    static func either(_ names: [String]) -> String {
        names.count < 2
            ? names.joined() : names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    }

    static func hint(_ name: String, among known: [String]) -> String {
        Nearest.names(to: name, among: known, limit: 1).first.map { "; did you mean '\($0)'?" } ?? ""
    }

    private static func plain(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? String(Int64(value)) : String(value)
    }
}

extension Duration {
    /// The duration as the file writes it: `500ms`, `30s`, `24h`.
    var configText: String {
        let (seconds, attoseconds) = components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        if milliseconds != 0 { return "\(seconds * 1_000 + milliseconds)ms" }
        if seconds != 0, seconds % 3_600 == 0 { return "\(seconds / 3_600)h" }
        return "\(seconds)s"
    }
}
