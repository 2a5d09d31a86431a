// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SluiceTelemetry

/// A queue whose steps can stand in an expectation.
private final class Queue {
    private var queue: LineQueue

    init(limit: Int) { queue = LineQueue(limit: limit) }

    var isIdle: Bool { queue.isIdle }
    var bytes: Int { queue.bytes }
    var dropped: Int { queue.dropped }
    func put(_ item: LineQueue.Item) -> Bool { queue.put(item) }
    func next() -> LineQueue.Next { queue.next() }
    func wrote(_ item: LineQueue.Item, isWhole: Bool) { queue.wrote(item, isWhole: isWhole) }
    func toldGap(lines: Int, isWhole: Bool) { queue.toldGap(lines: lines, isWhole: isWhole) }
    func close() { queue.close() }
}

@Suite("What waits to be written")
struct LineQueueTests {
    private func item(_ bytes: Int, lines: Int = 1) -> LineQueue.Item {
        LineQueue.Item(bytes: [UInt8](repeating: 0x61, count: bytes), lines: lines)
    }

    @Test("lines are written in their order, then the thread waits")
    func order() {
        let queue = Queue(limit: 100)
        #expect(queue.put(item(1)))
        #expect(queue.put(item(2)))
        #expect(queue.next() == .write(item(1)))
        queue.wrote(item(1), isWhole: true)
        #expect(!queue.isIdle)
        #expect(queue.next() == .write(item(2)))
        queue.wrote(item(2), isWhole: true)
        #expect(queue.isIdle)
        #expect(queue.next() == .wait)
        #expect(queue.dropped == 0)
    }

    @Test("what does not fit beside what waits is dropped, counted, and told once there is room")
    func full() {
        let queue = Queue(limit: 10)
        #expect(queue.put(item(10)))
        #expect(!queue.put(item(1)))
        #expect(!queue.put(item(3, lines: 4)))
        #expect(queue.dropped == 5)
        #expect(queue.next() == .write(item(10)))
        queue.wrote(item(10), isWhole: true)
        #expect(queue.put(item(5)))
        #expect(queue.next() == .tellGap(lines: 5))
        queue.toldGap(lines: 5, isWhole: true)
        #expect(queue.next() == .write(item(5)))
        queue.wrote(item(5), isWhole: true)
        #expect(queue.next() == .wait)
        #expect(queue.dropped == 5)
    }

    @Test("one text longer than the limit is taken as long as it is alone")
    func long() {
        let queue = Queue(limit: 10)
        #expect(queue.put(item(50)))
        #expect(!queue.put(item(1)))
    }

    @Test("what could not be written is counted, and told after the next line that could")
    func broken() {
        let queue = Queue(limit: 100)
        #expect(queue.put(item(1)))
        #expect(queue.put(item(2)))
        #expect(queue.next() == .write(item(1)))
        queue.wrote(item(1), isWhole: false)
        #expect(queue.next() == .write(item(2)))
        queue.wrote(item(2), isWhole: true)
        #expect(queue.next() == .tellGap(lines: 1))
        queue.toldGap(lines: 1, isWhole: false)
        #expect(queue.next() == .wait)
        #expect(queue.put(item(3)))
        #expect(queue.next() == .write(item(3)))
        queue.wrote(item(3), isWhole: true)
        #expect(queue.next() == .tellGap(lines: 1))
        queue.toldGap(lines: 1, isWhole: true)
        #expect(queue.next() == .wait)
        #expect(queue.dropped == 1)
    }

    @Test("a closed queue writes what waits and takes nothing more")
    func closed() {
        let queue = Queue(limit: 100)
        #expect(queue.put(item(1)))
        queue.close()
        #expect(!queue.put(item(1)))
        #expect(queue.next() == .write(item(1)))
        queue.wrote(item(1), isWhole: true)
        #expect(queue.next() == .end)
    }

    @Test("a queue that never runs empty does not grow")
    func steady() {
        let queue = Queue(limit: 1_000)
        #expect(queue.put(item(1)))
        for _ in 0..<100_000 {
            #expect(queue.put(item(1)))
            guard case .write(let next) = queue.next() else {
                Issue.record("nothing to write")
                return
            }
            queue.wrote(next, isWhole: true)
        }
        #expect(queue.bytes == 1)
    }
}
