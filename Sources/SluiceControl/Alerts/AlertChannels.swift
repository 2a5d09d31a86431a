// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import Synchronization

/// The channels of a node: who is told what, by whom messages are carried, and how that goes.
package final class AlertChannels: Sendable {
    package let channels: [AlertChannel]
    let messenger: any Messenger
    /// One a channel, so that none waits for another.
    private let signals: [String: WakeSignal]
    private let known: Mutex<[String: ChannelState]>

    package init(channels: [AlertChannel] = [], messenger: any Messenger = NoMessenger()) {
        self.channels = channels
        self.messenger = messenger
        signals = Dictionary(channels.map { ($0.name, WakeSignal()) }) { first, _ in first }
        known = Mutex(Dictionary(channels.map { ($0.name, ChannelState()) }) { first, _ in first })
    }

    /// How each channel does, by its name.
    package var states: [String: ChannelState] { known.withLock { $0 } }

    /// Something was put into the outbox, or the process stops: everybody looks.
    func wakeAll() {
        for signal in signals.values { signal.wake() }
    }

    func signal(of channel: String) -> WakeSignal { signals[channel] ?? WakeSignal() }

    func note(_ channel: String, _ change: (inout ChannelState) -> Void) {
        known.withLock { known in
            guard var state = known[channel] else { return }
            change(&state)
            known[channel] = state
        }
    }
}

/// How a channel does, since the process started.
package struct ChannelState: Sendable, Hashable {
    package var delivered: Int64 = 0
    /// Tries that failed.
    package var failed: Int64 = 0
    /// Messages that were given up.
    package var givenUp: Int64 = 0
    /// Messages in the outbox.
    package var waiting: Int64 = 0
    package var lastDeliveredAt: Timestamp?
    /// The first failure after the last delivery.
    package var failingSince: Timestamp?
    package var lastError: String?

    mutating func take(_ delivery: Delivery, at now: Timestamp) {
        guard let problem = delivery.problem else {
            delivered += 1
            lastDeliveredAt = now
            failingSince = nil
            lastError = nil
            return
        }
        failed += 1
        failingSince = failingSince ?? now
        lastError = problem
    }
}
