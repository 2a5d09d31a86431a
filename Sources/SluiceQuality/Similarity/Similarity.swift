// SPDX-License-Identifier: Apache-2.0
@_spi(_Unicode) import Swift

/// How alike two texts are, from 0 to 1: twice what matches, divided by the length of both.
///
/// Which text is first can change the figure, as it does in Python: `tide` and `diet` are 0.25, `diet` and `tide` 0.5.
package struct Similarity: Sendable, Hashable {
    package var ratio: Double
    package var unit: Unit

    package init(ratio: Double, unit: Unit) {
        self.ratio = ratio
        self.unit = unit
    }

    /// What was compared one by one: what is finest and not too long.
    package enum Unit: String, Sendable, CaseIterable {
        case characters, words, lines
    }

    /// The most code points, words or lines of a text.
    package static let longest = 20_000
    /// Steps of the comparison, about 50 ms.
    package static let budget = 25_000_000

    /// For gates: of texts in Unicode's composed form (NFC), with nothing left out as too common.
    ///
    /// Over 20 000 code points it is of words, over 20 000 words of lines; absent where not even those can be compared.
    package static func of(_ first: String, _ second: String) -> Similarity? {
        let (first, second) = (Array(first._nfc), Array(second._nfc))
        if first == second { return Similarity(ratio: 1, unit: .characters) }
        if let ratio = ratio(first, second, ignoresPopular: false) {
            return Similarity(ratio: ratio, unit: .characters)
        }
        for unit in [Unit.words, .lines] {
            let pieces = (Similarity.pieces(first, unit), Similarity.pieces(second, unit))
            if let ratio = ratio(pieces.0, pieces.1, ignoresPopular: false) {
                return Similarity(ratio: ratio, unit: unit)
            }
        }
        return nil
    }

    /// For a comparison with a script: exactly Python's `difflib.SequenceMatcher(None, first, second).ratio()`.
    ///
    /// It is of no use as a gate: in a second text of 200 code points and more it leaves out each that makes up over 1 %, so two texts of
    /// 270 that differ in twelve words are "6 % alike". Absent over 20 000 code points.
    package static func difflib(_ first: String, _ second: String) -> Double? {
        ratio(Array(first.unicodeScalars), Array(second.unicodeScalars), ignoresPopular: true)
    }

    static func ratio<Element: Hashable>(_ first: [Element], _ second: [Element], ignoresPopular: Bool) -> Double? {
        guard first.count <= longest, second.count <= longest else { return nil }
        guard !first.isEmpty || !second.isEmpty else { return 1 }
        var symbols: [Element: Int32] = [:]
        let after = second.map { element in
            if let symbol = symbols[element] { return symbol }
            let symbol = Int32(symbols.count)
            symbols[element] = symbol
            return symbol
        }
        let before = first.map { symbols[$0] ?? .max }
        var count = MatchCount(before, after, symbols: symbols.count, ignoresPopular: ignoresPopular, budget: budget)
        return count.matches().map { 2 * Double($0) / Double(first.count + second.count) }
    }

    /// Words with the spaces around them left out, or lines.
    private static func pieces(_ text: [Unicode.Scalar], _ unit: Unit) -> [ArraySlice<Unicode.Scalar>] {
        switch unit {
        case .lines: text.split(separator: "\n", omittingEmptySubsequences: false)
        case .words, .characters: text.split { $0.properties.isWhitespace }
        }
    }
}

/// Texts in one form.
package enum Normalised {
    /// In composed form, lower case, spaces and line ends as one space, quotes and dashes of typesetters as plain ones.
    package static func text(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        var owesSpace = false
        for scalar in text._nfc {
            if scalar.properties.isWhitespace {
                owesSpace = !scalars.isEmpty
                continue
            }
            if owesSpace { scalars.append(" ") }
            owesSpace = false
            switch scalar {
            case "\u{2018}", "\u{2019}": scalars.append("'")
            case "\u{201C}", "\u{201D}": scalars.append("\"")
            case "\u{2010}"..."\u{2015}": scalars.append("-")
            default: scalars.append(scalar)
            }
        }
        return String(scalars).lowercased()
    }

    /// A string of an argument, of which people do not care how it is spelt: lower case, without spaces and ` ,./-_*^`.
    static func argument(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        var scalars = String.UnicodeScalarView()
        for scalar in text._nfc {
            switch scalar {
            case " ", ",", ".", "/", "-", "_", "*", "^": break
            case "'": scalars.append("\"")
            default: scalars.append(scalar)
            }
        }
        return String(scalars).lowercased()
    }
}

extension ExactJSON {
    /// Whether both mean the same where strings may be spelt differently.
    package func isLike(_ other: ExactJSON) -> Bool {
        switch (self, other) {
        case (.string(let left), .string(let right)):
            return left == right || Normalised.argument(left) == Normalised.argument(right)
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isLike($1) }
        case (.object(let left), .object(let right)):
            guard left.count == right.count else { return false }
            return zip(left.names, left.values).allSatisfy { name, value in right[name].map(value.isLike) ?? false }
        default: return self == other
        }
    }
}
