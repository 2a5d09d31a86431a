// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("Text of a caller key")
struct KeyTextTests {
    private func made(prefix: String = "sl") throws -> (id: KeyID, text: String) {
        var generator = SystemRandomNumberGenerator()
        let key = try #require(KeyText.generate(prefix: prefix, using: &generator))
        return (key.id, key.text.exposed)
    }

    @Test("a new key carries its id, and its prefix may hold underscores", arguments: ["sl", "acme_prod"])
    func carriesID(prefix: String) throws {
        let key = try made(prefix: prefix)
        let id = try #require(KeyText.id(in: Substring(key.text).utf8))
        #expect(String(Substring(id)) == key.id.rawValue)
        #expect(key.text.utf8.count == prefix.utf8.count + 1 + 8 + 1 + 43 + 1 + 6)
    }

    @Test("any one changed character is refused before a look-up")
    func checksum() throws {
        let key = Array(try made().text.utf8)
        for index in key.indices {
            var changed = key
            changed[index] = changed[index] == 0x41 ? 0x42 : 0x41
            let text = String(decoding: changed, as: UTF8.self)
            #expect(KeyText.id(in: Substring(text).utf8) == nil, "character \(index)")
        }
    }

    @Test("other texts are refused", arguments: ["", "_", "___", "sl_a_b_c", "sk-proj-abcdefghijklmnop", "sl_é"])
    func refuses(text: String) {
        #expect(KeyText.id(in: Substring(text).utf8) == nil)
    }

    @Test("the stored hash depends on the pepper, and a printed secret is redacted")
    func hashing() throws {
        let key = try made().text
        let one = KeyText.hash(key.utf8, pepper: Secret([1]))
        #expect(one.count == 32)
        #expect(one != KeyText.hash(key.utf8, pepper: Secret([2])))
        #expect("\(Secret(key))" == "<redacted>")
        #expect(String(reflecting: Secret(key)) == "<redacted>")
    }
}
