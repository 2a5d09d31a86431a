// SPDX-License-Identifier: Apache-2.0
package import Logging
import ServiceLifecycle
import SluiceCore
import SluiceRelease
import SluiceStore
import Synchronization

/// Takes messages out of the outbox to their channels: at least once, in order per channel, until delivered or given up.
///
/// A message leaves the outbox only after its receiver took it, so nothing is lost when the process dies; a receiver may
/// see one twice then, with the same number. Each channel has a lane of its own: none waits for another.
package struct NotificationDispatcher: Service {
    private let outbox: any Outbox
    private let node: String
    private let alerts: AlertChannels
    private let log: Logger
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Timestamp
    private let chance: @Sendable () -> Double

    /// The longest pause between two looks into the outbox.
    package static let interval: Duration = .seconds(15)
    /// How long a lane goes on when the process stops; the rest waits for the next start.
    static let farewell: Duration = .seconds(5)
    private static let storePause: Duration = .seconds(5)
    private static let batch = 100
    /// How long messages are this node's to send; no other node sends them meanwhile.
    static let claim: Duration = .seconds(60)

    /// - Parameters:
    ///   - clock: What is waited on.
    ///   - chance: 0…1, for the jitter of pauses.
    package init(
        control: ControlPlane,
        log: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        chance: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) {
        outbox = control.store
        node = control.node
        alerts = control.alerts
        self.log = log
        self.clock = clock
        now = control.now
        self.chance = chance
    }

    package func run() async throws {
        let isStopping = Mutex(false)
        await withGracefulShutdownHandler {
            let stops: @Sendable () -> Bool = { isStopping.withLock { $0 } || Task.isCancelled }
            await withDiscardingTaskGroup { group in
                group.addTask { await dropOrphans() }
                for channel in alerts.channels {
                    group.addTask { await lane(channel.name, stops: stops) }
                }
                // Without channels too, a service ends with the node and not before.
                try? await gracefulShutdown()
            }
        } onGracefulShutdown: {
            isStopping.withLock { $0 = true }
            alerts.wakeAll()
        }
    }

    /// One channel's messages, from the start of the process to its end.
    private func lane(_ channel: String, stops: @escaping @Sendable () -> Bool) async {
        var isReported = false
        while !stops() {
            var pause = NotificationDispatcher.storePause
            do throws(StoreError) {
                pause = try await pass(channel) { !stops() }
                isReported = false
            } catch {
                if !isReported {
                    log.warning("the outbox cannot be read or written", metadata: ["error": "\(error.message)"])
                }
                isReported = true
            }
            guard !stops() else { break }
            await alerts.signal(of: channel).wait(upTo: pause, on: clock)
        }
        // What the last seconds brought gets one try.
        let end = now().advanced(by: NotificationDispatcher.farewell)
        guard !Task.isCancelled else { return }
        do throws(StoreError) {
            _ = try await pass(channel) { now() < end }
        } catch {
            log.debug("the outbox waits for the next start", metadata: ["error": "\(error.message)"])
        }
    }

    /// Sends what is due of a channel, oldest first, up to the first message that must wait.
    ///
    /// - Parameter mayGoOn: Asked before each message.
    /// - Returns: how long nothing else is due.
    /// - Throws: what the store says; a message that was sent but not settled is sent again: better twice than never.
    @discardableResult
    func pass(
        _ channel: String,
        while mayGoOn: @Sendable () -> Bool = { true }
    ) async throws(StoreError) -> Duration {
        while mayGoOn() {
            let waiting = try await outbox.outboxCounts()[channel] ?? 0
            alerts.note(channel) { $0.waiting = Int64(waiting) }
            guard waiting > 0, let first = try await outbox.outbox(of: channel, limit: 1).first else { break }
            // Nothing is claimed, and so nothing is written, before the first one may go: the rest waits for it.
            if let due = wait(for: first, at: now()) { return pause(until: due) }
            let claimed = now()
            let queue = try await outbox.claim(
                channel,
                for: node,
                lasting: NotificationDispatcher.claim,
                limit: NotificationDispatcher.batch
            )
            // Another node sends them.
            guard !queue.isEmpty else { break }
            for message in queue {
                guard mayGoOn(), now().duration(since: claimed) < NotificationDispatcher.claim / 2 else { break }
                if let due = try await send(message) { return pause(until: due) }
            }
        }
        return NotificationDispatcher.interval
    }

    private func pause(until due: Timestamp) -> Duration {
        min(NotificationDispatcher.interval, max(.milliseconds(50), due.duration(since: now())))
    }

    /// When a message may be sent; `nil` where it may be now.
    private func wait(for message: OutboxMessage, at now: Timestamp) -> Timestamp? {
        // A wall clock that was set back must not keep a message for longer than any pause is.
        let isBelieved = message.nextAttemptAt <= now.advanced(by: RetryPlan.longestAsked)
        return message.nextAttemptAt > now && isBelieved ? message.nextAttemptAt : nil
    }

    /// Tries one message, if it is due.
    ///
    /// - Returns: when it is to be tried; `nil` once it has left the outbox.
    private func send(_ message: OutboxMessage) async throws(StoreError) -> Timestamp? {
        if let due = wait(for: message, at: now()) { return due }
        let delivery = await alerts.messenger.send(message)
        let moment = now()
        alerts.note(message.channel) { $0.take(delivery, at: moment) }
        let ending = RetryPlan.ending(of: delivery, message, now: moment, fraction: chance())
        if try await outbox.settle(message.sequence, ending, by: node) { note(message, ending) }
        if case .retry(let moment, _) = ending { return moment }
        alerts.note(message.channel) { $0.waiting = max(0, $0.waiting - 1) }
        return nil
    }

    /// Gives up messages of channels that the configuration no longer has.
    func dropOrphans() async {
        do throws(StoreError) {
            for channel in try await outbox.outboxCounts().keys
            where !alerts.channels.contains(where: { $0.name == channel }) {
                let orphans = try await outbox.claim(
                    channel,
                    for: node,
                    lasting: NotificationDispatcher.claim,
                    limit: .max
                )
                for message in orphans {
                    let ending = OutboxEnding.givenUp(error: "there is no such channel any more")
                    if try await outbox.settle(message.sequence, ending, by: node) { note(message, ending) }
                }
            }
        } catch {
            log.warning("the outbox cannot be read or written", metadata: ["error": "\(error.message)"])
        }
    }

    private func note(_ message: OutboxMessage, _ ending: OutboxEnding) {
        let metadata: Logger.Metadata = [
            "sluice.channel": "\(message.channel)", "sluice.alert.kind": "\(message.kind)",
            "sluice.alert": "\(message.sequence)",
        ]
        switch ending {
        case .delivered: log.debug("alert delivered", metadata: metadata)
        case .retry(_, let error):
            guard message.attempts == 0 else { return }
            log.warning("alert not delivered yet", metadata: metadata.merging(["error": "\(error)"]) { $1 })
        case .givenUp(let error):
            alerts.note(message.channel) { $0.givenUp += 1 }
            log.error("alert given up", metadata: metadata.merging(["error": "\(error)"]) { $1 })
        }
    }
}
