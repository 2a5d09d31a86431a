// SPDX-License-Identifier: Apache-2.0

/// Where the one task of a connection waits for something to happen on its event loop.
///
/// A wake without a waiter is lost on purpose: the task looks at its condition again before it waits.
@safe package final class WaitPoint {
    // Safe because: the continuation is taken out before it is resumed, and only the loop touches it.

    private let executor: LoopExecutor
    private let wheel: DeadlineWheel
    private var waiter: UnsafeContinuation<Bool, Never>?
    private var deadline: Deadline?

    package init(on loop: HTTPLoop) {
        executor = loop.executor
        wheel = loop.deadlines
    }

    package var isWaiting: Bool { unsafe waiter != nil }

    /// Waits for ``wake()``; `false` when the moment (of the loop's clock) came first.
    ///
    /// Inlined, since a function that waits looks at its executor again when one that it called has waited.
    @inline(__always)
    package func wait(until moment: UInt64 = .max) async -> Bool {
        precondition(!isWaiting, "two tasks wait at one point")
        if moment != .max { armed().move(to: moment) }
        let isWoken = unsafe await withUnsafeContinuation { unsafe waiter = $0 }
        deadline?.clear()
        return isWoken
    }

    /// Moves the moment of a wait that is under way.
    package func move(to moment: UInt64) {
        if isWaiting { armed().move(to: moment) }
    }

    package func wake() { resume(true) }

    /// Wakes the waiter, if any, and lets go of the timer; after this only waits without a limit make sense.
    package func retire() {
        deadline?.retire()
        resume(true)
    }

    private func resume(_ isWoken: Bool) {
        guard let waiter = unsafe waiter else { return }
        unsafe self.waiter = nil
        executor.run { unsafe waiter.resume(returning: isWoken) }
    }

    private func armed() -> Deadline {
        if let deadline { return deadline }
        let made = Deadline(on: wheel) { [weak self] in self?.resume(false) }
        deadline = made
        return made
    }
}
