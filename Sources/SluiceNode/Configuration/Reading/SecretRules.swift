// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Tells a secret from a placeholder that was never replaced.
enum SecretRules {
    /// Why this text is no secret to run with, or `nil` where nothing speaks against it.
    ///
    /// The text is not repeated in the reason.
    static func fault(of text: String, minimum: Int) -> String? {
        guard !text.isEmpty else { return "is empty" }
        if hasQuotes(text) {
            return "begins or ends with a quote, which is no part of it: files of environment variables are often read "
                + "with their quotes (docker's --env-file does); take them away there"
        }
        guard text.count >= minimum else { return "is too short: \(minimum) characters or more are required" }
        guard text.utf8.allSatisfy({ $0.isVisibleASCII }) else {
            return "holds a space, a control character or one outside ASCII, which no header can carry"
        }
        guard !isPlaceholder(text) else { return "is a placeholder, not a secret" }
        return nil
    }

    /// Whether quotes stayed around a secret, or one of them.
    static func hasQuotes(_ text: String) -> Bool {
        let quotes: Set<Character> = ["\"", "'", "`"]
        return text.first.map(quotes.contains) == true || text.last.map(quotes.contains) == true
    }

    /// A secret as it is meant: files and variables often end with a line break that is no part of it.
    static func trimmed(_ text: String) -> String {
        let isSpace = { (scalar: Unicode.Scalar) in [" ", "\t", "\r", "\n"].contains(scalar) }
        let front = text.unicodeScalars.drop(while: isSpace)
        guard let last = front.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(front[...last])
    }

    static func isPlaceholder(_ text: String) -> Bool {
        let lower = text.lowercased()
        let letters = lower.filter { $0.isLetter || $0.isNumber }
        if words.contains(letters) { return true }
        if marks.contains(where: letters.contains) { return true }
        if lower.hasPrefix("<") && lower.hasSuffix(">") { return true }
        // `sk-xxxx…`, `sl_****`, `sk-...`: a prefix, then one filler again and again.
        guard let cut = lower.lastIndex(where: { $0 == "-" || $0 == "_" }) else { return false }
        let tail = lower[lower.index(after: cut)...]
        return !tail.isEmpty && ["x", "*", "."].contains { tail.allSatisfy($0.contains) }
    }

    private static let words: Set<String> = [
        "secret", "password", "default", "example", "token", "apikey", "admin", "admintoken", "test", "none", "null",
        "mysecret", "mysecretkey", "mykey", "topsecret", "supersecret", "supersecretkey", "secretkey", "sk1234",
        "masterkey", "0123456789", "12345678901234567890", "1234567890", "12345678", "123456",
    ]
    private static let marks = [
        "changeme", "changethis", "replaceme", "replacethis", "youradmintoken", "yourapikey", "yourkey",
        "yoursecret", "yourtoken", "inserthere", "inserttoken", "insertkey",
    ]
}
