// SPDX-License-Identifier: Apache-2.0

/// What waits to be written, and what was dropped: the decisions of a ``LineWriter``, without its thread.
struct LineQueue {
    /// One or more whole lines that are written together.
    struct Item: Equatable {
        var bytes: [UInt8]
        var lines: Int
    }

    enum Next: Equatable {
        case write(Item)
        /// Lines were dropped, and there is room again: this many since it was last said.
        case tellGap(lines: Int)
        case wait
        case end
    }

    private let limit: Int
    private var waiting: [Item] = []
    private var taken = 0
    /// Bytes that wait or are being written.
    private(set) var bytes = 0
    /// Lines dropped since the start.
    private(set) var dropped = 0
    private var untold = 0
    /// The last write went well, or there was none yet.
    private var isHealthy = true
    private var isClosed = false

    /// - Parameter limit: bytes held at most.
    init(limit: Int) { self.limit = max(limit, 1) }

    /// Everything that was put in has been written or dropped.
    var isIdle: Bool { bytes == 0 }

    /// Takes lines, or drops them where there is no room; returns whether it took them.
    ///
    /// One item is taken whatever its size, as long as nothing else is held.
    mutating func put(_ item: Item) -> Bool {
        guard !isClosed, !item.bytes.isEmpty else { return false }
        guard bytes == 0 || item.bytes.count <= limit - bytes else {
            drop(item.lines)
            return false
        }
        bytes += item.bytes.count
        waiting.append(item)
        return true
    }

    /// What the thread does now.
    mutating func next() -> Next {
        // Said early rather than last: under steady load the queue may not run empty for long.
        if untold > 0, isHealthy, bytes <= limit / 2 {
            defer { untold = 0 }
            return .tellGap(lines: untold)
        }
        guard taken < waiting.count else {
            waiting.removeAll(keepingCapacity: waiting.count <= 256)
            taken = 0
            return isClosed ? .end : .wait
        }
        defer { taken += 1 }
        return .write(waiting[taken])
    }

    /// The thread has written an item, or could not.
    mutating func wrote(_ item: Item, isWhole: Bool) {
        bytes -= item.bytes.count
        isHealthy = isWhole
        if !isWhole { drop(item.lines) }
        compact()
    }

    /// Saying that lines are missing went well, or did not: then it is said later.
    mutating func toldGap(lines: Int, isWhole: Bool) {
        guard !isWhole else { return }
        isHealthy = false
        untold += lines
    }

    /// Nothing more is taken; what waits is still written.
    mutating func close() { isClosed = true }

    private mutating func drop(_ lines: Int) {
        dropped += lines
        untold += lines
    }

    /// Lets go of what was written while more keeps coming.
    private mutating func compact() {
        guard taken >= 1_024, taken * 2 >= waiting.count else { return }
        waiting.removeFirst(taken)
        taken = 0
    }
}
