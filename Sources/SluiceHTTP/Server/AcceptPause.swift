// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Synchronization

/// Lets a listener rest when a connection cannot be taken, for want of descriptors or memory.
///
/// The listener stays readable then, and asking again at once would keep its loop busy with nothing.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = Channel

    private let acceptState: AcceptState

    init(_ acceptState: AcceptState) { self.acceptState = acceptState }

    private static let pause = TimeAmount.milliseconds(250)

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError, let options = context.channel.syncOptions else {
            context.fireErrorCaught(error)
            return
        }
        try? options.setOption(.autoRead, value: false)
        context.eventLoop.assumeIsolated().scheduleTask(in: AcceptPause.pause) { [acceptState] in
            if acceptState.isOpen { try? options.setOption(.autoRead, value: true) }
        }
    }
}

/// Whether connections are to be accepted at all.
final class AcceptState: Sendable {
    private let open = Atomic<Bool>(true)

    var isOpen: Bool {
        get { open.load(ordering: .relaxed) }
        set { open.store(newValue, ordering: .relaxed) }
    }
}
