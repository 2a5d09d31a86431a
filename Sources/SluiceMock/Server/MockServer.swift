// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1
import NIOPosix

/// The listening socket of a simulated provider and its event loops.
struct MockServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
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
        let bootstrap = ServerBootstrap(group: group)
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
        do {
            let channel = try await bootstrap.bind(host: host, port: port).get()
            self.port = channel.localAddress?.port ?? port
            self.group = group
            self.channel = channel
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Returns when the socket has been closed.
    func closed() async { try? await channel.closeFuture.get() }

    /// Closes the socket and every connection.
    func stop() async { try? await group.shutdownGracefully() }
}
