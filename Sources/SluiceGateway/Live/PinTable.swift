// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Synchronization

/// Where things were made that providers keep, for all loops.
///
/// Only requests that name such a thing come here, and answers that make one: it lies in parts by the digest, each with a
/// lock of its own that is held for one look-up, so that two loops hardly ever meet. All others touch none of it.
final class PinTable: Sendable {
    /// What is set aside for answers that are still to be made.
    let owed = OwedCharges()
    /// A version at an account.
    struct Place: Hashable {
        var version: VersionID
        var provider: ProviderID
        var account: UInt64
    }

    private struct Places {
        var numbers: [Place: UInt32] = [:]
        var all: [Place] = []
    }

    private final class Part: Sendable {
        let ring: Mutex<PinRing>

        init(most: Int) { ring = Mutex(PinRing(most: most)) }
    }

    private let places = Mutex(Places())
    private let parts: [Part]

    private static let mostParts = 64

    /// - Parameter most: how many are kept.
    init(most: Int) {
        let count = min(max(1, most), PinTable.mostParts)
        parts = (0..<count).map { _ in Part(most: max(1, most / count)) }
    }

    // MARK: places

    /// The number of a place, which stays the same as long as the process lives.
    func number(of place: Place) -> UInt32 {
        places.withLock { places in
            if let number = places.numbers[place] { return number }
            let number = UInt32(truncatingIfNeeded: places.all.count)
            places.numbers[place] = number
            places.all.append(place)
            return number
        }
    }

    func place(_ number: UInt32) -> Place? {
        places.withLock { $0.all.indices.contains(Int(number)) ? $0.all[Int(number)] : nil }
    }

    // MARK: pins

    func find(_ digest: Pin.Digest) -> PinRing.Found? { part(digest).ring.withLock { $0.find(digest) } }

    func put(_ digest: Pin.Digest, at place: UInt32, isOwed: Bool) {
        part(digest).ring.withLock { $0.put(digest, at: place, isOwed: isOwed) }
    }

    /// Takes from one that it is owed; `true` for one caller only.
    func pay(_ digest: Pin.Digest) -> Bool { part(digest).ring.withLock { $0.pay(digest) } }

    /// Takes in what was made before.
    func take(_ pins: [Pin]) {
        for pin in pins {
            let place = number(of: Place(version: pin.version, provider: pin.provider, account: pin.account))
            put(pin.digest, at: place, isOwed: pin.isOwed)
        }
    }

    private func part(_ digest: Pin.Digest) -> Part {
        parts[Int(truncatingIfNeeded: digest.high % UInt64(parts.count))]
    }
}
