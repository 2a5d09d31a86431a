// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// Takes the relay's secrets out of what a provider says: whole, in part, and masked (`sk-abc***xyz`).
///
/// A word (letters, digits and the marks of keys and masks) goes as a whole where it holds twelve bytes of a secret in a
/// row, or a mask with four bytes of a secret's beginning before it or of its end behind it. Used for errors only: the
/// cost is a few passes over the text.
package final class SecretBlank: Sendable {
    private let secrets: [[UInt8]]
    /// Every so many bytes in a row of every secret.
    private let windows: Set<UInt128>
    private let run: Int
    /// Bytes of the longest secret.
    let longest: Int

    package static let blank = "[redacted]"
    /// A shorter text is no secret (`EMPTY`, `none`), and would stand in words that are harmless.
    private static let shortest = 8
    private static let shortestEnd = 4
    /// Fewer in a row stand in words of every language (`provider`) and in what keys begin with (`sk-proj-`).
    private static let longestRun = 12

    /// `nil` where there is no secret.
    package init?(_ texts: [String]) {
        secrets = texts.map { Array($0.utf8) }.filter { $0.count >= SecretBlank.shortest }
        guard !secrets.isEmpty else { return nil }
        run = min(SecretBlank.longestRun, secrets.map(\.count).min() ?? 0)
        longest = secrets.map(\.count).max() ?? 0
        var windows: Set<UInt128> = []
        for secret in secrets {
            var window = Window(run)
            for byte in secret { if let word = window.take(byte) { windows.insert(word) } }
        }
        self.windows = windows
    }

    /// The text with its secrets blanked; `nil` where it holds none.
    package func blanked(_ text: RawSpan) -> [UInt8]? {
        var out: [UInt8]?
        var copied = 0
        var index = 0
        while index < text.byteCount {
            guard SecretBlank.isWord(text, index) else {
                index += 1
                continue
            }
            let start = index
            while index < text.byteCount, SecretBlank.isWord(text, index) { index += 1 }
            guard holdsSecret(text, start..<index) else { continue }
            var bytes = out ?? []
            bytes.append(contentsOf: text, in: copied..<start)
            bytes.append(contentsOf: SecretBlank.blank.utf8)
            out = bytes
            copied = index
        }
        guard var out else { return nil }
        out.append(contentsOf: text, in: copied..<text.byteCount)
        return out
    }

    /// Where the word begins that reaches the end of a text; its count where none does.
    static func startOfLastWord(_ text: RawSpan) -> Int {
        var start = text.byteCount
        // A stroke at the very end may be one that JSON puts before a slash.
        if start > 0, text.byte(start - 1) == .backslash { start -= 1 }
        while start > 0, isWord(text, start - 1) { start -= 1 }
        return start
    }

    /// Where the word ends that a text begins with.
    static func endOfWord(_ text: RawSpan) -> Int {
        var end = 0
        while end < text.byteCount, isWord(text, end) { end += 1 }
        return end
    }

    /// Whether a text holds a secret, or a part of one.
    package func isFound(in text: RawSpan) -> Bool { blanked(text) != nil }

    private func holdsSecret(_ text: RawSpan, _ word: Range<Int>) -> Bool {
        guard word.count >= SecretBlank.shortestEnd else { return false }
        var window = Window(run)
        for index in word {
            let byte = text.byte(index)
            if byte != .backslash, let bytes = window.take(byte), windows.contains(bytes) { return true }
        }
        return isMasked(text, word)
    }

    /// `abcd****wxyz`: a mask beside the beginning or the end of a secret.
    private func isMasked(_ text: RawSpan, _ word: Range<Int>) -> Bool {
        var index = word.lowerBound
        while index < word.upperBound {
            guard SecretBlank.isMask(text, index, word.upperBound) else {
                index += 1
                continue
            }
            let start = index
            while index < word.upperBound,
                SecretBlank.isMask(text, index, word.upperBound) || text.byte(index) == .point
            {
                index += 1
            }
            for secret in secrets where ends(secret, word.lowerBound..<start, index..<word.upperBound, text) {
                return true
            }
        }
        return false
    }

    /// What stands before a mask ends with the beginning of a secret, or what stands behind it begins with its end.
    private func ends(_ secret: [UInt8], _ before: Range<Int>, _ behind: Range<Int>, _ text: RawSpan) -> Bool {
        for count in stride(from: min(before.count, secret.count), through: SecretBlank.shortestEnd, by: -1) {
            let place = before.upperBound - count
            if (0..<count).allSatisfy({ text.byte(place + $0) == secret[$0] }) { return true }
        }
        for count in stride(from: min(behind.count, secret.count), through: SecretBlank.shortestEnd, by: -1) {
            let place = secret.count - count
            guard (0..<count).allSatisfy({ text.byte(behind.lowerBound + $0) == secret[place + $0] }) else { continue }
            return true
        }
        return false
    }

    /// `*`, `…`, `•`, or the first of three dots.
    private static func isMask(_ text: RawSpan, _ index: Int, _ end: Int) -> Bool {
        switch text.byte(index) {
        case UInt8(ascii: "*"): true
        case 0x80...0xFF: true
        case .point: index + 2 < end && text.byte(index + 1) == .point && text.byte(index + 2) == .point
        default: false
        }
    }

    /// What keys and masks are written with: all that is visible but quotes, brackets, commas and semicolons; a stroke only
    /// where JSON put it before a slash.
    private static func isWord(_ text: RawSpan, _ index: Int) -> Bool {
        switch text.byte(index) {
        case 0x00 ... .space, .quote, UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), .comma,
            UInt8(ascii: ";"), UInt8(ascii: "<"), UInt8(ascii: ">"), .openBracket, .closeBracket, UInt8(ascii: "`"),
            .openBrace, .closeBrace, .delete:
            false
        case .backslash: index + 1 < text.byteCount && text.byte(index + 1) == UInt8(ascii: "/")
        default: true
        }
    }
}

/// The last bytes, up to twelve.
private struct Window {
    private var bytes: UInt128 = 0
    private var count = 0
    private let length: Int
    private let mask: UInt128

    init(_ length: Int) {
        self.length = length
        mask = (1 << UInt128(8 * length)) - 1
    }

    mutating func take(_ byte: UInt8) -> UInt128? {
        bytes = (bytes << 8 | UInt128(byte)) & mask
        count += 1
        return count >= length ? bytes : nil
    }
}
