// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A provider on loopback that speaks TLS with a given certificate and answers every request with the same bytes.
final class TLSUpstream: Sendable {
    let port: Int
    private let group: MultiThreadedEventLoopGroup
    private let accepted: Connections

    /// Connections accepted so far.
    var connections: Int { accepted.count.load(ordering: .relaxed) }

    private final class Connections: Sendable {
        let count = Atomic<Int>(0)
    }

    static func start(certificate: String, key: String, answer: String) async throws -> TLSUpstream {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
        )
        configuration.minimumTLSVersion = .tlsv12
        let context = try NIOSSLContext(configuration: configuration)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let accepted = Connections()
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    accepted.count.wrappingAdd(1, ordering: .relaxed)
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOSSLServerHandler(context: context), SameAnswer(answer),
                    ])
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        return TLSUpstream(group, accepted, port: channel.localAddress?.port ?? 0)
    }

    private init(_ group: MultiThreadedEventLoopGroup, _ accepted: Connections, port: Int) {
        self.group = group
        self.accepted = accepted
        self.port = port
    }

    func stop() async { try? await group.shutdownGracefully() }
}

private final class SameAnswer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: String

    init(_ answer: String) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
