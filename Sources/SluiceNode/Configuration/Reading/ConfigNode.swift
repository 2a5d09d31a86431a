// SPDX-License-Identifier: Apache-2.0

/// A piece of a configuration file with its line and column: what YAML says, after substitution and before typing.
struct ConfigNode {
    struct Member {
        var name: String
        var line: Int
        var column: Int
        var value: ConfigNode
    }

    enum Content {
        /// A scalar's text; `plain` is one without quotes, which may mean a number, a truth value or nothing.
        case scalar(String, style: Style)
        case list([ConfigNode])
        case map([Member])
    }

    enum Style { case plain, text }

    var line: Int
    var column: Int
    var content: Content

    /// Whether this is YAML's nothing: an empty plain scalar, `~` or `null`.
    var isNull: Bool {
        guard case .scalar(let text, .plain) = content else { return false }
        return YAMLCore.isNull(text)
    }

    /// What it is, for messages.
    var kind: String {
        switch content {
        case .scalar(_, .plain) where isNull: "nothing"
        case .scalar: "a single value"
        case .list: "a list"
        case .map: "a map"
        }
    }
}
