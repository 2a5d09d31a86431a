// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Something that the provider keeps until it is deleted, known by its id.
struct Kept {
    var id: String
    /// As it is told when it is asked for.
    var json: String
    /// The events of a stream that tells it, each with its number from 0.
    var events: [String] = []
    /// What was said to it.
    var items: [JSONValue] = []
    /// What a file holds, or the results of a batch.
    var content: [UInt8] = []
}

/// All that is kept, the oldest going first.
struct KeptThings {
    private var byID: [String: Kept] = [:]
    private var order: [String] = []
    private static let most = 10_000

    func find(_ id: String) -> Kept? { byID[id] }

    /// In the order in which they were made.
    var ids: [String] { order.filter { byID[$0] != nil } }

    mutating func apply(_ change: KeptChange) {
        switch change {
        case .drop(let id): byID[id] = nil
        case .keep(let thing):
            if byID.updateValue(thing, forKey: thing.id) == nil { order.append(thing.id) }
            while order.count > KeptThings.most { byID[order.removeFirst()] = nil }
        }
    }
}

/// What a reply does to what is kept.
enum KeptChange {
    case keep(Kept)
    case drop(String)
}
