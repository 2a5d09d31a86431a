// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease
import SluiceStore

/// When a message is tried again, and when no more.
enum RetryPlan {
    /// A message that could not be delivered for so long is given up.
    static let patience: Duration = .seconds(86_400)
    private static let first = 1.0
    private static let longest = 300.0
    /// A receiver that names a longer pause is not believed.
    static let longestAsked: Duration = .seconds(3_600)

    /// How sending a message ended, for the outbox.
    ///
    /// The pause doubles from a second to five minutes and is drawn anew between half of it and all of it each time.
    ///
    /// - Parameter fraction: Of chance, 0…1.
    static func ending(
        of delivery: Delivery,
        _ message: OutboxMessage,
        now: Timestamp,
        fraction: Double
    ) -> OutboxEnding {
        switch delivery {
        case .delivered: return .delivered
        case .refused(let problem): return .givenUp(error: problem)
        case .failed(let problem, let asked):
            guard now < message.createdAt.advanced(by: patience) else { return .givenUp(error: problem) }
            let doublings = (0..<min(max(message.attempts, 0), 16)).reduce(first) { pause, _ in pause * 2 }
            let pause = Duration.seconds(min(longest, doublings) * (0.5 + fraction / 2))
            let least = min(asked ?? .zero, longestAsked)
            return .retry(at: now.advanced(by: max(pause, least)), error: problem)
        }
    }
}
