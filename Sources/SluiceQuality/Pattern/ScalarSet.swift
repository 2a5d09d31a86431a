// SPDX-License-Identifier: Apache-2.0

/// A set of Unicode scalars: ranges, and classes that Unicode defines.
struct ScalarSet: Sendable, Equatable {
    private(set) var ranges: [ClosedRange<UInt32>] = []
    private(set) var classes: [Class] = []
    var isNegated = false

    struct Class: Sendable, Equatable {
        var property: ScalarProperty
        var isNegated: Bool
    }

    init() {}
    init(_ ranges: ClosedRange<UInt32>...) { self.ranges = ranges }
    init(property: ScalarProperty, isNegated: Bool) { classes = [Class(property: property, isNegated: isNegated)] }

    mutating func insert(_ range: ClosedRange<UInt32>) { ranges.append(range) }

    /// Takes in another set, which must not be negated where it has several parts.
    mutating func formUnion(_ other: ScalarSet) {
        guard other.isNegated else {
            ranges += other.ranges
            classes += other.classes
            return
        }
        // All between and around the ranges of a set such as `\D`.
        var next: UInt32 = 0
        for range in other.ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { ranges.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { ranges.append(next...0x10FFFF) }
    }

    func contains(_ scalar: UInt32) -> Bool {
        var isIn = false
        for range in ranges where range.contains(scalar) {
            isIn = true
            break
        }
        if !isIn, !classes.isEmpty, let unicode = Unicode.Scalar(scalar) {
            isIn = classes.contains { $0.property.holds(of: unicode) != $0.isNegated }
        }
        return isIn != isNegated
    }

    /// `.`: all but the ends of lines.
    static let dot = ScalarSet(negated: [0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029])
    static let digits = ScalarSet(0x30...0x39)
    static let words = ScalarSet(0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A)
    static let spaces = ScalarSet(
        0x09...0x0D,
        0x20...0x20,
        0xA0...0xA0,
        0x1680...0x1680,
        0x2000...0x200A,
        0x2028...0x2029,
        0x202F...0x202F,
        0x205F...0x205F,
        0x3000...0x3000,
        0xFEFF...0xFEFF
    )

    private init(negated: [ClosedRange<UInt32>]) {
        ranges = negated
        isNegated = true
    }

    var inverted: ScalarSet {
        var set = self
        set.isNegated.toggle()
        return set
    }
}

/// What `\p{…}` can name: general categories and a few properties.
///
/// Scripts are not known.
enum ScalarProperty: Sendable, Equatable {
    /// By the first letter of its short name, or by both.
    case category(String)
    case any, ascii, alphabetic, uppercase, lowercase, whitespace, emoji

    init?(name: String) {
        var name = name
        for prefix in ["General_Category=", "gc="] where name.hasPrefix(prefix) { name.removeFirst(prefix.count) }
        switch name {
        case "Any": self = .any
        case "ASCII": self = .ascii
        case "Alphabetic", "Alpha": self = .alphabetic
        case "Uppercase", "Upper": self = .uppercase
        case "Lowercase", "Lower": self = .lowercase
        case "White_Space", "space": self = .whitespace
        case "Emoji": self = .emoji
        default:
            guard let short = ScalarProperty.categories[name] ?? (ScalarProperty.shortNames.contains(name) ? name : nil)
            else { return nil }
            self = .category(short)
        }
    }

    func holds(of scalar: Unicode.Scalar) -> Bool {
        switch self {
        case .any: return true
        case .ascii: return scalar.isASCII
        case .alphabetic: return scalar.properties.isAlphabetic
        case .uppercase: return scalar.properties.isUppercase
        case .lowercase: return scalar.properties.isLowercase
        case .whitespace: return scalar.properties.isWhitespace
        case .emoji: return scalar.properties.isEmoji
        case .category("LC"):
            return ["Lu", "Ll", "Lt"].contains(ScalarProperty.shortName(scalar.properties.generalCategory))
        case .category(let wanted):
            return ScalarProperty.shortName(scalar.properties.generalCategory).hasPrefix(wanted)
        }
    }

    private static let shortNames: Set<String> = [
        "L", "LC", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps",
        "Pe", "Pi", "Pf",
        "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Cs", "Co", "Cn",
    ]

    private static let categories: [String: String] = [
        "Letter": "L", "Cased_Letter": "LC", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll",
        "Titlecase_Letter": "Lt",
        "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M", "Combining_Mark": "M", "Nonspacing_Mark": "Mn",
        "Spacing_Mark": "Mc", "Enclosing_Mark": "Me", "Number": "N", "Decimal_Number": "Nd", "digit": "Nd",
        "Letter_Number": "Nl",
        "Other_Number": "No", "Punctuation": "P", "punct": "P", "Connector_Punctuation": "Pc", "Dash_Punctuation": "Pd",
        "Open_Punctuation": "Ps", "Close_Punctuation": "Pe", "Initial_Punctuation": "Pi", "Final_Punctuation": "Pf",
        "Other_Punctuation": "Po", "Symbol": "S", "Math_Symbol": "Sm", "Currency_Symbol": "Sc", "Modifier_Symbol": "Sk",
        "Other_Symbol": "So", "Separator": "Z", "Space_Separator": "Zs", "Line_Separator": "Zl",
        "Paragraph_Separator": "Zp",
        "Other": "C", "Control": "Cc", "cntrl": "Cc", "Format": "Cf", "Surrogate": "Cs", "Private_Use": "Co",
        "Unassigned": "Cn",
    ]

    private static func shortName(_ category: Unicode.GeneralCategory) -> String {
        switch category {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        case .unassigned: "Cn"
        @unknown default: "Cn"
        }
    }
}
