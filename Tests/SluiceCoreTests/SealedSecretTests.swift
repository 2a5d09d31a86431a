// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import Testing

@Suite("Sealed credentials")
struct SealedSecretTests {
    private static let one = String(repeating: "0f", count: 32)
    private static let two = String(repeating: "a5", count: 32)
    private static let now = Timestamp(nanoseconds: 7)

    private func keys(_ text: String) throws -> MasterKeys { try #require(MasterKeys(parsing: text)) }

    private func provider(_ id: String = "main", _ base: String = "https://api.example.com/v1") throws -> Provider {
        Provider(id: try #require(ProviderID(id)), dialect: .openai, address: try ProviderAddress(validating: base))
    }

    @Test("what is sealed opens again, and nothing of it stands in the row")
    func roundTrip() throws {
        let keys = try keys("k1:\(SealedSecretTests.one)")
        let sealed = try keys.seal(Secret("sk-very-secret"), for: provider(), version: 1, at: SealedSecretTests.now)
        #expect(try keys.open(sealed, for: provider()).exposed == "sk-very-secret")
        #expect(sealed.masterKey == "k1" && sealed.wrappedKey.count == 60 && sealed.sealed.count == 14 + 28)
        let again = try keys.seal(Secret("sk-very-secret"), for: provider(), version: 1, at: SealedSecretTests.now)
        #expect(again.sealed != sealed.sealed && again.wrappedKey != sealed.wrappedKey)
    }

    @Test("two rows that were swapped do not open, nor a row at another origin or version, nor a changed byte")
    func bound() throws {
        let keys = try keys("k1:\(SealedSecretTests.one)")
        let main = try keys.seal(Secret("sk-main"), for: provider(), version: 1, at: SealedSecretTests.now)
        let other = try keys.seal(Secret("sk-other"), for: provider("other"), version: 1, at: SealedSecretTests.now)
        var swapped = main
        swapped.sealed = other.sealed
        #expect(throws: SealFault.doesNotFit) { try keys.open(swapped, for: provider()) }
        swapped.wrappedKey = other.wrappedKey
        #expect(throws: SealFault.doesNotFit) { try keys.open(swapped, for: provider()) }
        var moved = other
        moved.provider = main.provider
        #expect(throws: SealFault.doesNotFit) { try keys.open(moved, for: provider()) }
        #expect(throws: SealFault.doesNotFit) { try keys.open(main, for: provider("main", "https://evil.example/v1")) }
        #expect(throws: SealFault.doesNotFit) {
            try keys.open(main, for: provider("main", "https://api.example.com:444/v1"))
        }
        #expect(try keys.open(main, for: provider("main", "https://api.example.com/v2")).exposed == "sk-main")
        var older = main
        older.version = 2
        #expect(throws: SealFault.doesNotFit) { try keys.open(older, for: provider()) }
        for index in main.sealed.indices {
            var changed = main
            changed.sealed[index] ^= 1
            #expect(throws: SealFault.doesNotFit) { try keys.open(changed, for: provider()) }
        }
        for length in 0..<28 {
            var cut = main
            cut.sealed = Array(main.sealed.prefix(length))
            #expect(throws: SealFault.doesNotFit) { try keys.open(cut, for: provider()) }
        }
    }

    @Test("another master key wraps anew and the old one is needed no more")
    func rewrap() throws {
        let old = try keys("k1:\(SealedSecretTests.one)")
        let sealed = try old.seal(Secret("sk"), for: provider(), version: 3, at: SealedSecretTests.now)
        let both = try keys("k2:\(SealedSecretTests.two)\nk1:\(SealedSecretTests.one)\n")
        #expect(both.current == "k2")
        #expect(try both.open(sealed, for: provider()).exposed == "sk")
        let rewrapped = try both.rewrapped(sealed)
        let new = try keys("k2:\(SealedSecretTests.two)")
        #expect(throws: SealFault.unknownMasterKey("k1")) { try new.open(sealed, for: provider()) }
        #expect(rewrapped.sealed == sealed.sealed && rewrapped.masterKey == "k2")
        #expect(try new.open(rewrapped, for: provider()).exposed == "sk")
        let wrong = try keys("k1:\(SealedSecretTests.two)")
        #expect(throws: SealFault.doesNotFit) { try wrong.open(sealed, for: provider()) }
    }

    @Test(
        "what is no list of keys is not read",
        arguments: [
            "", "k1", "k1:", ":\(SealedSecretTests.one)", "k1:\(SealedSecretTests.one.dropLast())",
            "k1:\(SealedSecretTests.one)00", "k1:\(SealedSecretTests.one.dropLast())g",
            "k 1/%:\(SealedSecretTests.one)",
            "k1:\(SealedSecretTests.one),k1:\(SealedSecretTests.two)", "k1:\(SealedSecretTests.one):x",
            "k1:\(SealedSecretTests.one)\nrest",
        ]
    )
    func misfit(text: String) { #expect(MasterKeys(parsing: text) == nil) }
}
