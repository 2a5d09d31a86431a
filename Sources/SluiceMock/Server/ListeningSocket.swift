// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Synchronization

/// The socket that callers connect to, while a plan closes it, opens it again, or leaves new connections waiting.
///
/// Everything happens on one event loop, in the order of the plan's edges.
final class ListeningSocket: Sendable {
    private let loop: any EventLoop
    private let bind: @Sendable () -> EventLoopFuture<any Channel>
    private let finished: EventLoopPromise<Void>
    private let state: Mutex<State>

    private struct State {
        var channel: (any Channel)?
        var timer: Scheduled<Void>?
        /// Edges of a former plan do nothing.
        var generation = 0
        var isStopped = false
        var wanted = Wanted.open
        var isChanging = false
    }

    private enum Wanted { case open, waiting, shut }

    init(
        channel: any Channel,
        loop: any EventLoop,
        bind: @escaping @Sendable () -> EventLoopFuture<any Channel>
    ) {
        self.loop = loop
        self.bind = bind
        finished = loop.makePromise()
        state = Mutex(State(channel: channel))
    }

    func follow(_ plan: FaultPlan) {
        let generation = state.withLock { state in
            state.generation += 1
            state.timer?.cancel()
            state.timer = nil
            return state.generation
        }
        let start = NIODeadline.now()
        loop.execute { self.step(plan, start, generation) }
    }

    func closed() async { try? await finished.futureResult.get() }

    func stop() {
        let isFirst = state.withLock { state in
            defer { state.isStopped = true }
            state.timer?.cancel()
            return !state.isStopped
        }
        if isFirst { finished.succeed() }
    }

    /// Takes the position of this moment, and comes back at the next edge.
    private func step(_ plan: FaultPlan, _ start: NIODeadline, _ generation: Int) {
        let elapsed = Duration.nanoseconds((NIODeadline.now() - start).nanoseconds)
        let (fault, next) = plan.listening(at: elapsed)
        let wanted: Wanted = fault?.kind == .refuse ? .shut : fault?.kind == .slowAccept ? .waiting : .open
        let isCurrent = state.withLock { state in
            guard state.generation == generation, !state.isStopped else { return false }
            state.wanted = wanted
            if let next {
                state.timer = loop.scheduleTask(in: TimeAmount(next - elapsed)) { self.step(plan, start, generation) }
            }
            return true
        }
        if isCurrent { change() }
    }

    /// Brings the socket to what is wanted, one change after the other.
    private func change() {
        let (wanted, channel) = state.withLock { state -> (Wanted?, (any Channel)?) in
            guard !state.isChanging, !state.isStopped else { return (nil, nil) }
            return (state.wanted, state.channel)
        }
        switch (wanted, channel) {
        case (nil, _), (.shut?, nil): return
        case (.shut?, let channel?):
            state.withLock { $0.isChanging = true }
            channel.close().hop(to: loop).whenComplete { _ in self.changed(to: nil) }
        case (_, nil):
            state.withLock { $0.isChanging = true }
            bind().hop(to: loop).whenComplete { result in self.changed(to: try? result.get()) }
        case (let wanted?, let channel?):
            channel.setOption(.autoRead, value: wanted == .open).whenComplete { _ in }
        }
    }

    private func changed(to channel: (any Channel)?) {
        let isBehind = state.withLock { state in
            state.isChanging = false
            state.channel = channel
            return (channel == nil) != (state.wanted == .shut) || state.wanted == .waiting
        }
        guard isBehind else { return }
        if channel == nil {
            // The port may be taken for a moment; without a channel it is tried again shortly.
            loop.scheduleTask(in: .milliseconds(20)) { self.change() }
        } else {
            change()
        }
    }
}
