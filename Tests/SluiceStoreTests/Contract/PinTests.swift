// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceStore
import Testing

@Suite("Pins in a store", .tags(.contract))
struct PinTests {
    private static func pin(_ number: UInt64, version: String = "v1", account: UInt64 = 7, isOwed: Bool = false) -> Pin
    {
        Pin(
            digest: Pin.Digest(high: number, low: ~number),
            version: .sample(version),
            provider: .sample("main"),
            account: account,
            madeAt: Timestamp(nanoseconds: Int64(clamping: number)),
            isOwed: isOwed
        )
    }

    private func take(_ pins: [Pin], into store: any Store) async throws {
        try await store.ingest(
            pins.map { .pinned($0) },
            node: "n",
            position: JournalPosition(offsets: ["n-0-1.slj": 8])
        )
    }

    @Test("come back as they went in, in the order they came", arguments: Engine.allCases)
    func roundTrip(_ engine: Engine) async throws {
        try await engine.withStore { store in
            #expect(try await store.pins(newest: 10).isEmpty)
            let pins = [
                Self.pin(.max), Self.pin(0, version: "v2", account: .max), Self.pin(5, account: 0, isOwed: true),
            ]
            try await take(pins, into: store)
            try await take([Self.pin(9)], into: store)
            #expect(try await store.pins(newest: 10) == pins + [Self.pin(9)])
            #expect(try await store.pins(newest: 2) == [pins[2], Self.pin(9)])
            #expect(try await store.pins(newest: 0).isEmpty)
        }
    }

    @Test("the first of two with one digest stays, and what was paid is owed no more", arguments: Engine.allCases)
    func twice(_ engine: Engine) async throws {
        try await engine.withStore { store in
            try await take([Self.pin(1, isOwed: true), Self.pin(2)], into: store)
            try await take([Self.pin(1, version: "other"), Self.pin(2, isOwed: true)], into: store)
            #expect(try await store.pins(newest: 10) == [Self.pin(1), Self.pin(2)])
            try await take([Self.pin(1, isOwed: true)], into: store)
            #expect(try await store.pins(newest: 10) == [Self.pin(1), Self.pin(2)])
        }
    }

    @Test("the oldest go where not all are kept", arguments: Engine.allCases)
    func bounded(_ engine: Engine) async throws {
        try await engine.withStore { store in
            try await take((1...20).map { Self.pin($0) }, into: store)
            try await store.dropPins(butNewest: 20)
            #expect(try await store.pins(newest: 100).count == 20)
            try await store.dropPins(butNewest: 3)
            #expect(try await store.pins(newest: 100) == [18, 19, 20].map { Self.pin($0) })
            try await take([Self.pin(1)], into: store)
            #expect(try await store.pins(newest: 2) == [Self.pin(20), Self.pin(1)])
        }
    }
}
