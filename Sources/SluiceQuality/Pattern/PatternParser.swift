// SPDX-License-Identifier: Apache-2.0

/// Why a regular expression is not used.
package struct PatternFault: Error, Sendable, Equatable, CustomStringConvertible {
    package var message: String
    package var description: String { message }
}

/// A regular expression as a tree.
indirect enum PatternNode: Sendable, Equatable {
    case sequence([PatternNode])
    case either([PatternNode])
    case one(ScalarSet)
    case times(PatternNode, least: Int, most: Int?)
    case start
    case end
    case wordEdge(isThere: Bool)
    /// By its index among the looks.
    case look(Int, isNegated: Bool)
}

/// What looks ahead or back.
struct PatternLook: Sendable, Equatable {
    var node: PatternNode
    var isAhead: Bool
}

/// Reads ECMA-262's regular expressions with the `u` flag.
///
/// Groups capture nothing, since nothing is asked but whether it matches; so back-references are the one thing that
/// cannot be had.
struct PatternParser {
    private let text: [UInt32]
    private var position = 0
    private var depth = 0
    /// Inner ones before those around them.
    private(set) var looks: [PatternLook] = []

    private static let deepest = 64
    private static let highestCount = 20_000

    init(_ pattern: [UInt32]) { text = pattern }

    mutating func pattern() throws(PatternFault) -> PatternNode {
        let node = try alternatives()
        guard position == text.count else { throw PatternFault(message: "the pattern has a ')' that closes nothing") }
        return node
    }

    private mutating func alternatives() throws(PatternFault) -> PatternNode {
        depth += 1
        guard depth <= PatternParser.deepest else {
            throw PatternFault(message: "the pattern's groups are nested deeper than \(PatternParser.deepest)")
        }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        depth -= 1
        return branches.count == 1 ? branches[0] : .either(branches)
    }

    private mutating func sequence() throws(PatternFault) -> PatternNode {
        var parts: [PatternNode] = []
        while let next = peek, next != "|", next != ")" {
            let part = try term()
            if case .look = part {
                parts.append(part)
            } else {
                parts.append(try counted(part))
            }
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func term() throws(PatternFault) -> PatternNode {
        guard let next = peek else { throw PatternFault(message: "the pattern ends too early") }
        switch next {
        case "^":
            position += 1
            return .start
        case "$":
            position += 1
            return .end
        case ".":
            position += 1
            return .one(.dot)
        case "(": return try group()
        case "[": return .one(try characterClass())
        case "*", "+", "?": throw PatternFault(message: "the pattern repeats nothing at '\(next)'")
        case "\\":
            position += 1
            if take("b") { return .wordEdge(isThere: true) }
            if take("B") { return .wordEdge(isThere: false) }
            return .one(try escape(inClass: false))
        default:
            let scalar = text[position]
            position += 1
            return .one(ScalarSet(scalar...scalar))
        }
    }

    private mutating func group() throws(PatternFault) -> PatternNode {
        position += 1
        var look: (isAhead: Bool, isNegated: Bool)?
        if take("?") {
            if take(":") {
            } else if take("=") {
                look = (true, false)
            } else if take("!") {
                look = (true, true)
            } else if take("<") {
                if take("=") {
                    look = (false, false)
                } else if take("!") {
                    look = (false, true)
                } else {
                    while let next = peek, next != ">" { position += 1 }
                    guard take(">") else { throw PatternFault(message: "a group's name does not end") }
                }
            } else {
                throw PatternFault(message: "the pattern has a group with a mode, which is not known")
            }
        }
        let node = try alternatives()
        guard take(")") else { throw PatternFault(message: "a '(' of the pattern is not closed") }
        guard let look else { return node }
        looks.append(PatternLook(node: node, isAhead: look.isAhead))
        return .look(looks.count - 1, isNegated: look.isNegated)
    }

    private mutating func counted(_ node: PatternNode) throws(PatternFault) -> PatternNode {
        var least = 1
        var most: Int? = 1
        if take("*") {
            (least, most) = (0, nil)
        } else if take("+") {
            (least, most) = (1, nil)
        } else if take("?") {
            (least, most) = (0, 1)
        } else if peek == "{", let counts = counts() {
            (least, most) = counts
            guard most.map({ $0 >= least }) ?? true else {
                throw PatternFault(message: "a count of the pattern runs backwards")
            }
        } else {
            return node
        }
        _ = take("?")  // a lazy one matches as much as a greedy one, if not the same
        if let next = peek, next == "*" || next == "+" || next == "?" {
            throw PatternFault(message: "the pattern repeats nothing at '\(next)'")
        }
        return .times(node, least: least, most: most)
    }

    /// `{2}`, `{2,}` or `{2,5}`; nothing where the brace is just a brace.
    private mutating func counts() -> (Int, Int?)? {
        let start = position
        position += 1
        if let least = number() {
            if take("}") { return (least, least) }
            if take(",") {
                if take("}") { return (least, nil) }
                if let most = number(), take("}") { return (least, most) }
            }
        }
        position = start
        return nil
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let next = peek, let digit = next.isASCII ? Character(next).wholeNumberValue : nil {
            value = min(PatternParser.highestCount, (value ?? 0) * 10 + digit)
            position += 1
        }
        return value
    }

    private mutating func characterClass() throws(PatternFault) -> ScalarSet {
        position += 1
        var set = ScalarSet()
        let isNegated = take("^")
        while true {
            guard let next = peek else { throw PatternFault(message: "a '[' of the pattern is not closed") }
            if next == "]" {
                position += 1
                set.isNegated = isNegated
                return set
            }
            let (atom, low) = try classAtom()
            guard peek == "-", position + 1 < text.count, text[position + 1] != 0x5D else {
                set.formUnion(atom)
                continue
            }
            position += 1
            let (other, high) = try classAtom()
            guard let low, let high else {
                // A class is no end of a range: the dash stands for itself.
                set.formUnion(atom)
                set.insert(0x2D...0x2D)
                set.formUnion(other)
                continue
            }
            guard low <= high else { throw PatternFault(message: "a range of the pattern runs backwards") }
            set.insert(low...high)
        }
    }

    /// A member of a class, and which scalar it is if one.
    private mutating func classAtom() throws(PatternFault) -> (ScalarSet, UInt32?) {
        if take("\\") {
            let set = try escape(inClass: true)
            let single = set.ranges.count == 1 && set.classes.isEmpty && !set.isNegated ? set.ranges[0] : nil
            return (set, single.flatMap { $0.count == 1 ? $0.lowerBound : nil })
        }
        guard position < text.count else { throw PatternFault(message: "a '[' of the pattern is not closed") }
        let scalar = text[position]
        position += 1
        return (ScalarSet(scalar...scalar), scalar)
    }

    /// What stands behind a backslash.
    private mutating func escape(inClass: Bool) throws(PatternFault) -> ScalarSet {
        guard let next = peek else { throw PatternFault(message: "the pattern ends in a backslash") }
        position += 1
        let scalar: UInt32
        switch next {
        case "d": return .digits
        case "D": return .digits.inverted
        case "w": return .words
        case "W": return .words.inverted
        case "s": return .spaces
        case "S": return .spaces.inverted
        case "p", "P": return try property(isNegated: next == "P")
        case "b" where inClass: scalar = 0x08
        case "t": scalar = 0x09
        case "n": scalar = 0x0A
        case "v": scalar = 0x0B
        case "f": scalar = 0x0C
        case "r": scalar = 0x0D
        case "0": scalar = 0
        case "c":
            guard let letter = peek, letter.isASCII, letter.properties.isAlphabetic else {
                throw PatternFault(message: "\\c of the pattern names no control character")
            }
            position += 1
            scalar = letter.value & 31
        case "x": scalar = try hexadecimal(2)
        case "u": scalar = try unicode()
        case "1"..."9", "k":
            throw PatternFault(message: "the pattern refers back to a group, which cannot be matched in linear time")
        case "a"..."z", "A"..."Z": throw PatternFault(message: "the pattern's escape \\\(next) is none")
        default: scalar = next.value
        }
        return ScalarSet(scalar...scalar)
    }

    private mutating func unicode() throws(PatternFault) -> UInt32 {
        if take("{") {
            var value: UInt32 = 0
            while let next = peek, next != "}", let digit = Character(next).hexDigitValue {
                value = min(0x11_0000, value << 4 | UInt32(digit))
                position += 1
            }
            guard take("}"), value <= 0x10FFFF else {
                throw PatternFault(message: "\\u{…} of the pattern is no character")
            }
            return value
        }
        let unit = try hexadecimal(4)
        guard (0xD800..<0xDC00).contains(unit), position + 1 < text.count, text[position] == 0x5C,
            text[position + 1] == 0x75
        else { return unit }
        let before = position
        position += 2
        let low = try hexadecimal(4)
        guard (0xDC00..<0xE000).contains(low) else {
            position = before
            return unit
        }
        return 0x1_0000 + (unit - 0xD800) << 10 + (low - 0xDC00)
    }

    private mutating func hexadecimal(_ digits: Int) throws(PatternFault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let next = peek, let digit = Character(next).hexDigitValue else {
                throw PatternFault(message: "an escape of the pattern needs \(digits) hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private mutating func property(isNegated: Bool) throws(PatternFault) -> ScalarSet {
        guard take("{") else { throw PatternFault(message: "\\p of the pattern names no property") }
        var name = ""
        while let next = peek, next != "}", name.utf8.count < 64 {
            name.unicodeScalars.append(next)
            position += 1
        }
        guard take("}"), let property = ScalarProperty(name: name) else {
            throw PatternFault(message: "the property \\p{\(name)} of the pattern is not known")
        }
        return ScalarSet(property: property, isNegated: isNegated)
    }

    private var peek: Unicode.Scalar? { position < text.count ? Unicode.Scalar(text[position]) : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        position += 1
        return true
    }
}
