// SPDX-License-Identifier: Apache-2.0

/// Writes lines in their order on a thread of its own, so that nobody who has something to say waits for the reader.
///
/// A pipe that is full, a disk that is slow or a file on a share that is gone holds up this thread and nothing else. What
/// does not fit into the queue is dropped and counted, and once there is room again a line says how many are missing.
package final class LineWriter: Sendable {
    private let core: Core

    /// - Parameters:
    ///   - limit: Bytes held at most.
    ///   - gap: The line, or lines, that say how many were dropped; asked for on the thread.
    ///   - write: Writes whole lines, and returns whether all of them are written; may block, called on the thread only.
    package init(
        limit: Int = 1 << 20,
        gap: @escaping @Sendable (Int) -> [UInt8] = { _ in [] },
        write: @escaping @Sendable ([UInt8]) -> Bool
    ) {
        core = Core(limit: limit, gap: gap, write: write)
        let core = core
        SystemThread.start { core.run() }
    }

    deinit { core.queue.with { $0.close() } }

    /// Takes a line, or lines that belong together, with their ends; never waits.
    ///
    /// - Returns: `false` where they were dropped.
    @discardableResult
    package func write(_ bytes: [UInt8], lines: Int = 1) -> Bool {
        core.queue.with { $0.put(LineQueue.Item(bytes: bytes, lines: lines)) }
    }

    /// A line with its end.
    @discardableResult
    package func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// Lines dropped since the start.
    package var dropped: Int { core.queue.read { $0.dropped } }

    /// Waits until everything is written, but not longer than this: a reader that is stuck may never take it.
    ///
    /// - Returns: whether everything is written.
    @discardableResult
    package func flush(within limit: Duration) async -> Bool {
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: limit)
        while !core.queue.read({ $0.isIdle }) {
            guard clock.now < end else { return false }
            try? await Task.sleep(for: .milliseconds(5), clock: clock)
            if Task.isCancelled { break }
        }
        return core.queue.read { $0.isIdle }
    }
}

/// What the thread keeps hold of; the writer itself may go before it.
private final class Core: Sendable {
    let queue: Monitor<LineQueue>
    private let gap: @Sendable (Int) -> [UInt8]
    private let write: @Sendable ([UInt8]) -> Bool

    init(
        limit: Int,
        gap: @escaping @Sendable (Int) -> [UInt8],
        write: @escaping @Sendable ([UInt8]) -> Bool
    ) {
        queue = Monitor(LineQueue(limit: limit))
        self.gap = gap
        self.write = write
    }

    func run() {
        while true {
            let next = queue.wait { queue -> LineQueue.Next? in
                let next = queue.next()
                return next == .wait ? nil : next
            }
            switch next {
            case .write(let item):
                let isWhole = write(item.bytes)
                queue.with { $0.wrote(item, isWhole: isWhole) }
            case .tellGap(let lines):
                let bytes = gap(lines)
                let isWhole = bytes.isEmpty || write(bytes)
                queue.with { $0.toldGap(lines: lines, isWhole: isWhole) }
            case .end: return
            case .wait: continue
            }
        }
    }
}
