// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import Synchronization

/// What all loops' adaptive limits of one target come to, for those who look on; written only when one changes.
final class LimitSum: Sendable {
    let version: VersionID
    let provider: ProviderID
    let model: String
    private let state = Mutex<(loops: Int, sum: Int)>((0, 0))

    init(version: VersionID, provider: ProviderID, model: String) {
        self.version = version
        self.provider = provider
        self.model = model
    }

    func change(from before: Int, to after: Int) {
        state.withLock { state in
            if before < AdaptiveLimit.most { state = (state.loops - 1, state.sum - before) }
            if after < AdaptiveLimit.most { state = (state.loops + 1, state.sum + after) }
        }
    }

    /// Requests in flight that the loops allow which limit them; `nil` where none does.
    var limit: Int? { state.withLock { $0.loops > 0 ? $0.sum : nil } }
}

/// One loop's adaptive limit of a target, with the sum it reports to.
struct TargetLimit {
    private var limit = AdaptiveLimit()
    private let sum: LimitSum

    init(_ sum: LimitSum) { self.sum = sum }

    mutating func enter(at now: UInt64) -> Bool {
        let before = limit.limit
        defer { if limit.limit != before { sum.change(from: before, to: limit.limit) } }
        return limit.enter(at: now)
    }

    mutating func leave() { limit.leave() }

    mutating func note(began: UInt64, at now: UInt64) -> AdaptiveLimit.Change? {
        let before = limit.limit
        defer { if limit.limit != before { sum.change(from: before, to: limit.limit) } }
        return limit.note(began: began, at: now)
    }
}

extension Gateway {
    /// A target that gets fewer requests at a time because it slows down under its load.
    package struct LimitedTarget: Sendable, Equatable {
        package var version: VersionID
        package var provider: ProviderID
        package var model: String
        /// Requests in flight at the same time, on all event loops that limit them.
        package var limit: Int
    }
}
