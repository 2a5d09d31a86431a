// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@Suite("Pins")
struct PinTests {
    private let pepper = Secret<[UInt8]>([1, 2, 3])

    private func digest(_ id: String, _ owner: [UInt8], pepper: [UInt8] = [1, 2, 3]) -> Pin.Digest {
        Pin.Digest(of: Array(id.utf8), owner: owner, pepper: Secret(pepper))
    }

    @Test("a digest follows from id, owner and pepper, and from each of them")
    func digests() {
        let app = Pin.owner(key: Records.id("app"), team: nil)
        let team = Pin.owner(key: Records.id("app"), team: "app")
        let all = [
            digest("resp_1", app), digest("resp_2", app), digest("resp_1", team),
            digest("resp_1", Pin.owner(key: Records.id("other"), team: nil)), digest("resp_1", app, pepper: [9]),
        ]
        #expect(Set(all).count == 5)
        #expect(digest("resp_1", app) == all[0])
        #expect(digest("resp_1", Pin.owner(key: Records.id("other"), team: "app")) == all[2])
    }

    @Test(
        "a provider is another account with another credential, address or secret field, and the same with another limit"
    )
    func fingerprints() throws {
        func provider(_ key: String?, _ address: String = "https://a.test/v1", _ field: String? = nil) throws
            -> Provider
        {
            Provider(
                id: Records.id("main"),
                dialect: .openai,
                address: try ProviderAddress(validating: address),
                apiKey: key.map { Secret($0) },
                headers: try field.map { [try ProviderHeader(validating: $0, value: "s")] } ?? []
            )
        }
        func mark(_ provider: Provider) -> UInt64 { Pin.fingerprint(of: provider, pepper: pepper) }
        let usual = try provider("k1")
        var slower = usual
        slower.timeouts.total = .seconds(5)
        slower.priceFactorMillionths = 5
        #expect(mark(slower) == mark(usual))
        #expect(mark(try provider("k1", "https://a.test/v1", "x-trace")) == mark(usual))
        let all = [
            usual, try provider("k2"), try provider(nil), try provider("k1", "https://b.test/v1"),
            try provider("k1", "https://a.test/v2"), try provider("k1", "https://a.test/v1", "x-token"),
            try provider("k1", "https://a.test/v1", "openai-project"),
        ]
        #expect(Set(all.map(mark)).count == all.count)
    }
}
