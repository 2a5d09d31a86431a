// SPDX-License-Identifier: Apache-2.0
package import NIOCore

/// The rules, the limits and the time-outs of this room before a server that is not this room's.
package final class ServerGuard: Sendable {
    private let limits: HTTPLimits
    private let stallTime: Duration
    private let budget: ConnectionBudget
    private let full: ByteBuffer
    private let substitute: @Sendable (HTTPProblem) -> ByteBuffer

    /// - Parameters:
    ///   - stallTime: How long a caller may leave an answer unread.
    ///   - maxConnections: Open at the same time, in all and from one address.
    ///   - full: The whole answer for those beyond that.
    ///   - substitute: The head of a request that the server answers in place of one that is refused.
    package init(
        limits: HTTPLimits,
        stallTime: Duration,
        maxConnections: Int,
        maxConnectionsPerAddress: Int,
        full: ByteBuffer,
        substitute: @escaping @Sendable (HTTPProblem) -> ByteBuffer
    ) {
        self.limits = limits
        self.stallTime = stallTime
        budget = ConnectionBudget(total: maxConnections, perAddress: maxConnectionsPerAddress)
        self.full = full
        self.substitute = substitute
    }

    /// Lets a listener rest when there is no descriptor for a further connection; without this its server would end.
    package func protect(listener: any Channel) async throws {
        try await listener.eventLoop.submit {
            try listener.pipeline.syncOperations.addHandler(AcceptPause(AcceptState()), position: .first)
        }.get()
    }

    /// Puts a guard first on a new connection, on its loop and before it is active.
    package func protect(connection channel: any Channel) throws {
        let peer = channel.peerName
        guard DescriptorBudget.hasRoom(beside: channel) else {
            return try channel.pipeline.syncOperations.addHandler(ConnectionRefusal(answer: nil))
        }
        guard budget.take(peer) else {
            guard budget.takeRefusal() else {
                return try channel.pipeline.syncOperations.addHandler(ConnectionRefusal(answer: nil))
            }
            channel.closeFuture.whenComplete { [budget] _ in budget.giveBackRefusal() }
            return try channel.pipeline.syncOperations.addHandler(ConnectionRefusal(answer: full))
        }
        channel.closeFuture.whenComplete { [budget] _ in budget.giveBack(peer) }
        try channel.pipeline.syncOperations.addHandler(
            RequestGuard(limits, stallTime: stallTime, substitute: substitute)
        )
    }
}
