// SPDX-License-Identifier: Apache-2.0
package import NIOCore

/// Runs tasks on one NIO event loop.
///
/// Jobs that become ready inside ``run(_:)`` (a channel handler waking a task) run before it returns, without the loop's
/// task queue and its lock. A task must be created with `executorPreference:`; an actor on this executor would still be
/// woken through the global pool first.
package final class LoopExecutor: TaskExecutor, @unchecked Sendable {
    // Safe because: `ready` and `isRunning` are only touched on `eventLoop`; `enqueue` from elsewhere goes through
    // `eventLoop.execute`.
    private let eventLoop: any EventLoop
    private var ready = CircularBuffer<UnownedJob>(initialCapacity: 16)
    private var isRunning = false

    package init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // Only the loop itself can read `isRunning` as true while in the loop.
        if eventLoop.inEventLoop, isRunning {
            ready.append(job)
        } else {
            eventLoop.execute { self.run { self.ready.append(job) } }
        }
    }

    /// Calls `makeReady`, then runs every job that is ready; on the loop only.
    package func run(_ makeReady: () -> Void) {
        eventLoop.assertInEventLoop()
        if isRunning { return makeReady() }
        isRunning = true
        makeReady()
        while let job = ready.popFirst() { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
        isRunning = false
    }
}
