// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A value that is set once and can be waited for by many.
final class Announcement<Value: Sendable>: Sendable {
    private enum State {
        case waiting([Int: CheckedContinuation<Value?, Never>], next: Int)
        case set(Value?)
    }

    private let state = Mutex<State>(.waiting([:], next: 0))

    /// Sets the value, or with `nil` that there will be none.
    ///
    /// Later calls change nothing.
    func set(_ value: Value?) {
        let waiting = state.withLock { state -> [CheckedContinuation<Value?, Never>] in
            guard case .waiting(let waiting, _) = state else { return [] }
            state = .set(value)
            return Array(waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    /// The value set so far.
    var current: Value? {
        state.withLock { state in
            if case .set(let value) = state { value } else { nil }
        }
    }

    /// The value, once it is set; `nil` where there will be none, or when the waiting task is cancelled.
    func value() async -> Value? {
        let ticket = state.withLock { state -> Int in
            guard case .waiting(let waiting, let next) = state else { return -1 }
            state = .waiting(waiting, next: next + 1)
            return next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Value?? in
                    switch state {
                    case .set(let value): return .some(value)
                    case .waiting(var waiting, let next):
                        guard !Task.isCancelled else { return .some(nil) }
                        waiting[ticket] = continuation
                        state = .waiting(waiting, next: next)
                        return nil
                    }
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Value?, Never>? in
                guard case .waiting(var waiting, let next) = state else { return nil }
                let found = waiting.removeValue(forKey: ticket)
                state = .waiting(waiting, next: next)
                return found
            }
            continuation?.resume(returning: nil)
        }
    }
}
