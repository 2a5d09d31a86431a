// SPDX-License-Identifier: Apache-2.0
import SluiceTestKit
import Testing

@testable import SluiceWire

@Suite("Values of checked texts")
struct CheckedSkipTests {
    private func value(_ chance: inout SeededGenerator, depth: Int) -> String {
        let strings = [
            #""""#, #""a""#, #""\"""#, #""\\""#, #""[{""#, #""\\\"]}""#,
            #""ä 😀 \u00e9 and more than sixteen bytes of it""#,
        ]
        let scalars = ["0", "-1.5e7", "true", "false", "null"]
        switch Int.random(in: 0..<(depth > 4 ? 2 : 4), using: &chance) {
        case 0: return strings.randomElement(using: &chance) ?? "1"
        case 1: return scalars.randomElement(using: &chance) ?? "1"
        case 2:
            let parts = (0..<Int.random(in: 0..<4, using: &chance)).map { _ in value(&chance, depth: depth + 1) }
            return "[ \(parts.joined(separator: " ,"))]"
        default:
            let parts = (0..<Int.random(in: 0..<4, using: &chance)).map { _ in
                "\(strings.randomElement(using: &chance) ?? "1") :\(value(&chance, depth: depth + 1))"
            }
            return "{\(parts.joined(separator: ",\n")) }"
        }
    }

    @Test("a value that was checked ends where it did when it was")
    func ends() throws {
        var chance = SeededGenerator(seed: 16)
        for _ in 0..<5_000 {
            let text = [UInt8]("  \(value(&chance, depth: 0)), 1]")
            var checked = JSONCursor(at: 2)
            try checked.skipValue(text.span.bytes, depth: 0)
            var known = JSONCursor(at: 2)
            known.skipChecked(text.span.bytes)
            #expect(known.position == checked.position, "\(text.text)")
            // What is cut ends with the text.
            let cut = Array(text.prefix(Int.random(in: 0...text.count, using: &chance)))
            var short = JSONCursor(at: min(2, cut.count))
            short.skipChecked(cut.span.bytes)
            #expect(short.position <= cut.count)
        }
    }

    @Test("several members are found in one walk, the last of each name, also behind escapes")
    func pick() throws {
        let item = try #require(
            JSONItem(checking: [UInt8](#"{"a":1,"b":{"a":2},"\u0061":[3],"c":null,"type":"t\u0065xt"}"#))
        )
        let found = item.pick(["a", "b", "c", "d", "type"])
        #expect(
            found[0]?.raw.elementsEqual("[3]".utf8) == true && found[1]?.raw.elementsEqual(#"{"a":2}"#.utf8) == true
        )
        #expect(found[2]?.isNull == true && found[3] == nil)
        #expect(found[4]?.word?.isWritten("text") == true && found[4]?.word?.count == 4 && found[0]?.word == nil)
    }
}
