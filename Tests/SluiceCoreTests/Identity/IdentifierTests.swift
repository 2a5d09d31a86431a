// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("Ids")
struct IdentifierTests {
    @Test("are safe in headers, paths and labels")
    func alphabet() {
        for good in ["v1", "gpt-4.1", "org/model:2026@eu+x", String(repeating: "a", count: 128)] {
            #expect(VersionID(good)?.rawValue == good)
        }
        for bad in ["", " ", "a b", "a\r\nb", "é", "a\"b", String(repeating: "a", count: 129)] {
            #expect(VersionID(bad) == nil)
        }
    }

    @Test("a request's id is a UUID of version 7 and survives its text")
    func request() throws {
        let id = RequestID(milliseconds: 0x0123_4567_89AB, sequence: 0xFFFF, random: .max)
        #expect(id.description == "01234567-89ab-7fff-bfff-ffffffffffff")
        #expect(RequestID(id.description) == id)
        for bad in ["", "0", id.description + "0", "g1234567-89ab-7fff-bfff-ffffffffffff"] {
            #expect(RequestID(bad) == nil)
        }
    }
}
