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
/// see one twice then, with the same number. Channels do not wait for each other.
package struct NotificationDispatcher: Service {
    private let store: any Store
    private let desk: AlertDesk
    private let log: Logger
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Timestamp
    private let chance: @Sendable () -> Double

    /// The longest pause between two looks into the outbox.
    package static let interval: Duration = .seconds(15)
    private static let batch = 1_000

    /// - Parameters:
    ///   - clock: What is waited on.
    ///   - chance: 0…1, for the jitter of pauses.
    package init(
        control: ControlPlane,
        log: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        chance: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) {
        store = control.store
        desk = control.alerts
        self.log = log
        self.clock = clock
        now = control.now
        self.chance = chance
    }

    package func run() async throws {
        let isStopping = Mutex(false)
        await withGracefulShutdownHandler {
            while !isStopping.withLock({ $0 }), !Task.isCancelled {
                let pause = await pass()
                await desk.bell.wait(upTo: pause, on: clock)
            }
            // What the last seconds brought gets one try; the rest waits for the next start.
            await pass()
        } onGracefulShutdown: {
            isStopping.withLock { $0 = true }
            desk.bell.ring()
        }
    }

    /// One round: everything that is due has been tried once, or its channel failed before it.
    ///
    /// - Returns: how long nothing else is due.
    @discardableResult
    package func pass() async -> Duration {
        let messages: [OutboxMessage]
        do throws(StoreError) {
            messages = try await store.outbox(dueAt: .distantFuture, limit: NotificationDispatcher.batch)
        } catch {
            log.warning("the outbox cannot be read", metadata: ["error": "\(error.message)"])
            return .seconds(5)
        }
        let byChannel = Dictionary(grouping: messages) { $0.channel }
        for channel in desk.channels {
            desk.note(channel.name) { $0.waiting = Int64(byChannel[channel.name]?.count ?? 0) }
        }
        let next = await withTaskGroup(of: Timestamp?.self) { group in
            for queue in byChannel.values { group.addTask { await self.send(queue) } }
            return await group.reduce(nil as Timestamp?) { least, due in
                guard let least, let due else { return least ?? due }
                return min(least, due)
            }
        }
        guard let next else { return NotificationDispatcher.interval }
        return min(NotificationDispatcher.interval, max(.milliseconds(50), next.duration(since: now())))
    }

    /// The messages of one channel, oldest first, up to the first that must wait.
    ///
    /// - Returns: when that one is due.
    private func send(_ queue: [OutboxMessage]) async -> Timestamp? {
        for message in queue {
            let start = now()
            // A wall clock that was set back must not keep a message for longer than any pause is.
            let isBelieved = message.nextAttemptAt <= start.advanced(by: RetryPlan.longestAsked)
            guard message.nextAttemptAt <= start || !isBelieved else { return message.nextAttemptAt }
            let delivery =
                desk.channels.contains { $0.name == message.channel }
                ? await desk.messenger.send(message)
                : .refused("there is no such channel any more")
            let moment = now()
            desk.note(message.channel) { $0.take(delivery, at: moment) }
            let ending = RetryPlan.ending(of: delivery, message, now: moment, fraction: chance())
            do throws(StoreError) {
                try await store.settleOutbox(message.sequence, ending)
            } catch {
                // It will be sent again: better twice than not at all.
                log.warning("the outbox cannot be written", metadata: ["error": "\(error.message)"])
                return moment.advanced(bySeconds: 5)
            }
            tell(message, ending)
            if case .retry(let moment, _) = ending { return moment }
            desk.note(message.channel) { $0.waiting = max(0, $0.waiting - 1) }
        }
        return nil
    }

    private func tell(_ message: OutboxMessage, _ ending: OutboxEnding) {
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
            desk.note(message.channel) { $0.givenUp += 1 }
            log.error("alert given up", metadata: metadata.merging(["error": "\(error)"]) { $1 })
        }
    }
}
