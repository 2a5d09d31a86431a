// SPDX-License-Identifier: Apache-2.0
import SluiceWire
import Testing

@Suite("Kind of a body")
struct BodyKindTests {
    @Test(
        "is told by its first bytes",
        arguments: [
            ("data: {}", .events), ("data:", .events), ("event: error\n", .events), ("id:1", .events),
            ("retry: 3", .events),
            (": ping\n", .events), ("\u{FEFF}data: x", .events), ("\n\r\ndata: x", .events),
            ("", .unknown), ("d", .unknown), ("dat", .unknown), ("\n\n", .unknown), ("\u{FEFF}", .unknown),
            ("{\"id\":1}", .other), ("[1]", .other), ("data {", .other), ("date: x", .other), ("<html>", .other),
            (" data: x", .other), (String(repeating: "\n", count: 100), .other),
        ] as [(String, BodyKind)]
    )
    func kinds(text: String, kind: BodyKind) {
        let bytes = [UInt8](text.utf8)
        let found = BodyKind(bytes.span.bytes)
        #expect(found == kind)
    }
}
