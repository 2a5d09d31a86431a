// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// What a channel handler has for the one task of its connection: put on the loop, taken on the loop.
struct Mailbox<Element> {
    private var items = CircularBuffer<Element>(initialCapacity: 4)
    /// Nothing further will come.
    private(set) var isFinished = false

    init() {}

    var isEmpty: Bool { items.isEmpty }
    var count: Int { items.count }

    mutating func put(_ element: Element) { items.append(element) }
    func peek() -> Element? { items.first }
    mutating func take() -> Element? { items.popFirst() }
    mutating func finish() { isFinished = true }
}
