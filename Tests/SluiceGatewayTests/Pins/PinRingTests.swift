// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceGateway

@Suite("The table of pins")
struct PinRingTests {
    private static func digest(_ number: UInt64) -> Pin.Digest { Pin.Digest(high: number &* 0x9E37_79B9, low: number) }

    @Test("one that is full forgets the oldest, and nothing else", arguments: [1, 2, 7, 100])
    func bounded(most: Int) {
        var ring = PinRing(most: most)
        for number in UInt64(0)..<500 {
            ring.put(Self.digest(number), at: UInt32(number), isOwed: number % 3 == 0)
            #expect(ring.count == min(most, Int(number) + 1))
            for known in UInt64(0)...number {
                let found = ring.find(Self.digest(known))
                guard known + UInt64(most) > number else {
                    #expect(found == nil)
                    continue
                }
                #expect(found == PinRing.Found(place: UInt32(known), isOwed: known % 3 == 0))
            }
        }
    }

    @Test("against a list that does the same slowly, with digests that meet in their slots")
    func model() {
        var generator = SeededGenerator(seed: 5)
        for most in [3, 16, 40] {
            var ring = PinRing(most: most)
            var list: [(digest: Pin.Digest, place: UInt32, isOwed: Bool)] = []
            for step in UInt32(0)..<4_000 {
                // Few low bits, so that slots are shared all the time.
                let low = UInt64.random(in: 0..<8, using: &generator)
                let digest = Pin.Digest(high: UInt64.random(in: 0..<12, using: &generator), low: low << 60 | low)
                let index = list.firstIndex { $0.digest == digest }
                switch UInt8.random(in: 0..<10, using: &generator) {
                case 0..<6:
                    let isOwed = Bool.random(using: &generator)
                    ring.put(digest, at: step, isOwed: isOwed)
                    if let index {
                        list[index].isOwed = list[index].isOwed && isOwed
                    } else {
                        list.append((digest, step, isOwed))
                        if list.count > most { list.removeFirst() }
                    }
                case 6:
                    #expect(ring.pay(digest) == (index.map { list[$0].isOwed } ?? false))
                    if let index { list[index].isOwed = false }
                default:
                    let known = index.map { PinRing.Found(place: list[$0].place, isOwed: list[$0].isOwed) }
                    #expect(ring.find(digest) == known)
                }
                #expect(ring.count == list.count)
            }
        }
    }

    @Test("places keep their numbers, and what is owed is paid to one")
    func table() {
        let table = PinTable(most: 1_000)
        let places = (0..<3).map {
            PinTable.Place(version: Records.id("v\($0)"), provider: Records.id("main"), account: 1)
        }
        #expect(places.map(table.number) == [0, 1, 2])
        #expect(table.number(of: places[1]) == 1)
        #expect(table.place(2) == places[2] && table.place(3) == nil)
        table.put(Self.digest(1), at: 2, isOwed: true)
        #expect(table.find(Self.digest(1)) == PinRing.Found(place: 2, isOwed: true))
        #expect(table.pay(Self.digest(1)) && !table.pay(Self.digest(1)) && !table.pay(Self.digest(2)))
        #expect(table.find(Self.digest(1)) == PinRing.Found(place: 2, isOwed: false))
    }
}
