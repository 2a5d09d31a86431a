// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// Fields of providers' answers that stay behind beside those that HTTP itself withholds; whoever relays names them.
package struct WithheldFields: Sendable {
    private let names: [[UInt8]]
    private let prefixes: [[UInt8]]
    /// A bit for each length that a name has; the highest stands for all that are longer.
    private let lengths: UInt64

    /// - Parameters:
    ///   - names: in lower case.
    ///   - prefixes: beginnings of names, in lower case.
    package init(names: [String] = [], prefixes: [String] = []) {
        self.names = names.map { Array($0.utf8) }
        self.prefixes = prefixes.map { Array($0.utf8) }
        lengths = names.reduce(0) { $0 | WithheldFields.bit($1.utf8.count) }
    }

    func holds(_ name: Span<UInt8>) -> Bool {
        if lengths & WithheldFields.bit(name.count) != 0 {
            for index in names.indices where names[index].count == name.count {
                if WithheldFields.begins(name, with: names[index]) { return true }
            }
        }
        for index in prefixes.indices where prefixes[index].count < name.count {
            if WithheldFields.begins(name, with: prefixes[index]) { return true }
        }
        return false
    }

    private static func bit(_ length: Int) -> UInt64 { 1 << UInt64(min(max(length, 0), 63)) }

    /// Whether a name that is no shorter begins so; most differ at once, some at the hyphen.
    private static func begins(_ name: Span<UInt8>, with text: [UInt8]) -> Bool {
        for index in text.indices where name[index].lowercasedASCII != text[index] { return false }
        return true
    }
}
