// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1
import NIOPosix

/// The listening socket of a simulated provider and its event loops.
struct MockServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let listener: ListeningSocket
    let port: Int

    /// Listens; port 0 takes a free one.
    init(
        host: String,
        port: Int,
        loops: Int,
        answer: @escaping @Sendable (MockRequest) -> Reply,
        record: @escaping @Sendable (LogEntry) -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let bind: @Sendable (Int) -> EventLoopFuture<any Channel> = { port in
            MockServer.bootstrap(group, answer, record).bind(host: host, port: port)
        }
        do {
            let channel = try await bind(port).get()
            self.port = channel.localAddress?.port ?? port
            self.group = group
            let (address, loop) = (self.port, group.next())
            listener = ListeningSocket(channel: channel, loop: loop) { bind(address) }
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    private static func bootstrap(
        _ group: MultiThreadedEventLoopGroup,
        _ answer: @escaping @Sendable (MockRequest) -> Reply,
        _ record: @escaping @Sendable (LogEntry) -> Void
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                        withPipeliningAssistance: false,
                        withErrorHandling: true
                    )
                    try channel.pipeline.syncOperations.addHandler(ExchangeHandler(answer: answer, record: record))
                }
            }
    }

    /// Follows what a plan says of the listening socket, until the next plan.
    func follow(_ plan: FaultPlan) { listener.follow(plan) }

    /// Returns when the socket has been closed for good.
    func closed() async { await listener.closed() }

    /// Closes the socket and every connection.
    func stop() async {
        listener.stop()
        try? await group.shutdownGracefully()
    }
}
