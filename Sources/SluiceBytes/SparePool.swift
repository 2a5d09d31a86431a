// SPDX-License-Identifier: Apache-2.0

/// A few things that are expensive to make and to give back, kept for the next who needs one.
package struct SparePool<Element> {
    @usableFromInline var kept: [Element] = []
    /// More are not kept.
    package let most: Int

    package init(most: Int) { self.most = most }

    package var count: Int { kept.count }

    @inlinable
    package mutating func take() -> Element? { kept.popLast() }

    @inlinable
    package mutating func keep(_ element: consuming Element) {
        if kept.count < most { kept.append(element) }
    }
}
