// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// The first handler of a connection that a server of somebody else's answers: only what keeps the rules goes on.
///
/// What is refused goes on as a request of its own, made by `substitute`, so that the server answers it in its turn and
/// in its own words.
final class RequestGuard: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var state: StateMachine?
    private let limits: HTTPLimits
    private let stallTime: Duration
    private let substitute: @Sendable (HTTPProblem) -> ByteBuffer
    private var isArmed = false

    init(_ limits: HTTPLimits, stallTime: Duration, substitute: @escaping @Sendable (HTTPProblem) -> ByteBuffer) {
        self.limits = limits
        self.stallTime = stallTime
        self.substitute = substitute
    }

    private var now: UInt64 { NIODeadline.now().uptimeNanoseconds }

    func channelActive(context: ChannelHandlerContext) {
        state = StateMachine(limits, stallTime: stallTime, openedAt: now)
        arm(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = now
        state?.take(unwrapInboundIn(data), now: now)
        while let step = state?.next(now: now), step != .wait {
            switch step {
            case .forward(let bytes): context.fireChannelRead(wrapInboundOut(bytes))
            case .refuse(let problem): context.fireChannelRead(wrapInboundOut(substitute(problem)))
            case .answerContinue:
                let text = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
                context.writeAndFlush(wrapOutboundOut(text), promise: nil)
            case .wait: break
            }
        }
        arm(context)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        state?.answers(now: now)
        arm(context)
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        state?.isWritable(context.channel.isWritable, now: now)
        arm(context)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        state = nil
        context.fireChannelInactive()
    }

    /// One timer at a time; it looks again when it comes too early.
    private func arm(_ context: ChannelHandlerContext) {
        guard !isArmed, let due = state?.due else { return }
        isArmed = true
        // Moments that come nearer are noticed a second later at most.
        let next = min(due, now.advanced(by: 1_000_000_000))
        context.eventLoop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(next)) { [weak self] in
            guard let self else { return }
            isArmed = false
            guard context.channel.isActive, state != nil else { return }
            look(context)
        }
    }

    private func look(_ context: ChannelHandlerContext) {
        switch state?.look(now: now) {
        case .close: return context.close(promise: nil)
        case .refuse(let problem):
            context.fireChannelRead(wrapInboundOut(substitute(problem)))
            context.fireChannelReadComplete()
        case .wait, nil: break
        }
        arm(context)
    }
}
