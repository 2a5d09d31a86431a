// SPDX-License-Identifier: Apache-2.0

/// A few things that are expensive to make and to give back, kept for the next who needs one.
///
/// Stands beside its users: generic across targets it was not specialised, and looked types up four times a request.
struct SparePool<Element> {
    private var kept: [Element] = []
    /// More are not kept.
    let most: Int

    init(most: Int) { self.most = most }

    var count: Int { kept.count }

    mutating func take() -> Element? { kept.popLast() }

    mutating func keep(_ element: consuming Element) {
        if kept.count < most { kept.append(element) }
    }
}
