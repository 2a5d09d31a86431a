// SPDX-License-Identifier: Apache-2.0
package import SluiceRelease
import Synchronization

/// Tells followers what happens to rollouts; one that does not keep up loses the oldest news.
package final class RolloutFeed: Sendable {
    private struct State {
        var next = 0
        var followers: [Int: (rollout: RolloutID?, stream: AsyncStream<RolloutNews>.Continuation)] = [:]
    }

    private let state = Mutex(State())
    private static let kept = 256

    package init() {}

    /// News from now on, of one rollout or of all; ends when the reader stops.
    package func follow(_ rollout: RolloutID? = nil) -> AsyncStream<RolloutNews> {
        let (stream, continuation) = AsyncStream<RolloutNews>.makeStream(
            bufferingPolicy: .bufferingNewest(RolloutFeed.kept)
        )
        let number = state.withLock { state in
            state.next += 1
            state.followers[state.next] = (rollout, continuation)
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in _ = state.followers.removeValue(forKey: number) }
        }
        return stream
    }

    func publish(_ news: [RolloutNews]) {
        guard !news.isEmpty else { return }
        let followers = state.withLock { Array($0.followers.values) }
        for follower in followers {
            for item in news where follower.rollout == nil || follower.rollout == item.record.state.id {
                follower.stream.yield(item)
            }
        }
    }

    /// Ends every stream: the node stops.
    package func finish() {
        let followers = state.withLock { state in
            let all = Array(state.followers.values)
            state.followers = [:]
            return all
        }
        for follower in followers { follower.stream.finish() }
    }
}
