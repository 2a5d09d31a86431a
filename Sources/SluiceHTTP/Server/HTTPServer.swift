// SPDX-License-Identifier: Apache-2.0
package import Logging
package import NIOCore
import NIOPosix
import Synchronization

/// Listens for HTTP/1.1 connections and gives each to a handler, as a task on the connection's own event loop.
package final class HTTPServer: Sendable {
    /// Serves one connection until it ends: asks for requests and answers them.
    package typealias Handler = @Sendable (ClientConnection, HTTPLoop) async -> Void

    /// The port that was bound, which is the answer to asking for port 0.
    package let port: Int
    /// `host:port` as bound.
    package let address: String
    private let listener: any Channel
    private let serverLoops: [ServerLoop]
    private let budget: ConnectionBudget
    private let acceptState: AcceptState
    private let logger: Logger

    private init(
        listener: any Channel,
        serverLoops: [ServerLoop],
        budget: ConnectionBudget,
        acceptState: AcceptState,
        logger: Logger
    ) {
        self.listener = listener
        self.serverLoops = serverLoops
        self.budget = budget
        self.acceptState = acceptState
        self.logger = logger
        port = listener.localAddress?.port ?? 0
        let host = listener.localAddress?.ipAddress ?? "?"
        address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Binds and begins to accept.
    ///
    /// - Throws: an `IOError` when the address cannot be bound.
    package static func start(
        _ configuration: Configuration,
        on group: HTTPLoopGroup,
        logger: Logger,
        handler: @escaping Handler
    ) async throws -> HTTPServer {
        let serverLoops = group.loops.map { ServerLoop($0, configuration) }
        let budget = ConnectionBudget(
            total: configuration.maxConnections,
            perAddress: configuration.maxConnectionsPerAddress
        )
        let acceptState = AcceptState()
        let listener = try await ServerBootstrap(group: group.group)
            .serverChannelOption(.backlog, value: configuration.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(acceptState))
                }
            }
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: ReceiveSizes.ofCaller)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let server = serverLoops[group.loop(of: channel.eventLoop).index]
                    try welcome(channel, on: server, budget: budget, handler: handler)
                }
            }
            .bind(host: configuration.host, port: configuration.port)
            .get()
        return HTTPServer(
            listener: listener,
            serverLoops: serverLoops,
            budget: budget,
            acceptState: acceptState,
            logger: logger
        )
    }

    /// Puts the handlers on a new connection and starts its task, or refuses it when there are too many.
    private static func welcome(
        _ channel: any Channel,
        on server: ServerLoop,
        budget: ConnectionBudget,
        handler: @escaping Handler
    ) throws {
        let peer = channel.peerName
        guard DescriptorBudget.hasRoom(beside: channel) else {
            server.refusedConnections.wrappingAdd(1, ordering: .relaxed)
            throw TooManyConnections()
        }
        guard budget.take(peer) else {
            server.refusedConnections.wrappingAdd(1, ordering: .relaxed)
            guard budget.takeRefusal() else { throw TooManyConnections() }
            channel.closeFuture.whenComplete { _ in budget.giveBackRefusal() }
            try channel.pipeline.syncOperations.addHandler(ConnectionRefusal(answer: server.configuration.full))
            return
        }
        channel.closeFuture.whenComplete { _ in budget.giveBack(peer) }
        // The connection asks for reads itself: that is a shorter way than being asked whether it wants one.
        try channel.syncOptions?.setOption(.autoRead, value: false)
        let connection = ClientConnection(on: server, peer: peer)
        try channel.pipeline.syncOperations.addHandler(ClientChannel(connection))
        connection.begin = {
            nonisolated(unsafe) let connection = connection  // Safe because: the task runs on the connection's loop.
            server.loop.start {
                await unsafe handler(connection, server.loop)
                unsafe connection.leave()
            }
        }
    }

    /// Connections open now.
    package var connectionCount: Int { budget.count }

    /// Requests between their head and their last byte, over all loops.
    package var inFlight: Int { serverLoops.reduce(0) { $0 + $1.inFlight.load(ordering: .relaxed) } }

    /// Connections closed at once since the start because a limit was reached.
    package var refusedConnections: Int {
        serverLoops.reduce(0) { $0 + $1.refusedConnections.load(ordering: .relaxed) }
    }

    /// Accepts connections, or leaves them waiting in the system's queue; those that are there are not touched.
    package func setAccepting(_ isAccepting: Bool) async {
        acceptState.isOpen = isAccepting
        try? await listener.setOption(.autoRead, value: isAccepting).get()
    }

    /// Stops accepting, lets exchanges end (`Connection: close`), and cuts what is left after the limit.
    ///
    /// Returns whether everything ended by itself.
    package func drain(within limit: Duration) async -> Bool {
        try? await listener.close().get()
        for server in serverLoops { server.drain() }
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: limit)
        while connectionCount > 0, clock.now < end {
            try? await Task.sleep(for: .milliseconds(20), clock: clock)
            if Task.isCancelled { break }
        }
        let isClean = connectionCount == 0
        await stop()
        return isClean
    }

    /// Stops accepting and ends every exchange, which has a moment to tell its caller so; then cuts every connection.
    package func stop() async {
        if listener.isActive { try? await listener.close().get() }
        for server in serverLoops { await server.hurry() }
        for _ in 0..<HTTPServer.mostLooks where connectionCount > 0 {
            // On a loop's clock: whoever stops the server may wait for nothing any more.
            try? await serverLoops.first?.loop.eventLoop.scheduleTask(in: .milliseconds(20)) {}.futureResult.get()
        }
        for server in serverLoops { await server.cut() }
    }

    /// Looks whether all is over, twenty milliseconds apart, before connections are cut.
    private static let mostLooks = 50
}

extension HTTPServer {
    /// Where to listen and what to allow.
    package struct Configuration: Sendable {
        package var host: String
        /// 0 takes a free one.
        package var port: Int
        package var backlog: Int32 = 1_024
        package var maxConnections: Int
        package var maxConnectionsPerAddress: Int = 1_024
        package var limits = HTTPLimits()
        /// The whole answer to connections beyond the limits.
        package var full = HTTPAnswer.whole(503, headers: [("retry-after", "1")], keepsAlive: false)

        /// `maxConnections` absent: what the process's descriptors allow, two for each connection.
        package init(host: String = "127.0.0.1", port: Int = 0, maxConnections: Int? = nil) {
            self.host = host
            self.port = port
            self.maxConnections = maxConnections ?? DescriptorBudget.connections
        }
    }
}

/// Closes a connection beyond the limits before it begins.
private struct TooManyConnections: Error {}
