// SPDX-License-Identifier: Apache-2.0
package import NIOCore
import NIOPosix

/// The connections of one event loop to one provider: the one used last is used next.
package final class ProviderPool {
    package let target: ProviderTarget
    private let loop: HTTPLoop
    private var idle: [ProviderConnection] = []
    /// Where the name led last, and when; used for a while when it cannot be resolved.
    private var lastGood: (address: SocketAddress, at: UInt64)?
    /// Whom connections are made to: the target, or its proxy.
    private let peer: (host: String, port: Int)
    /// Where the peer is named by its address: there is nothing to resolve, and no thread to wait for.
    private let literal: SocketAddress?
    private let names: NameLookup
    private var isClosed = false
    /// The target's, in nanoseconds.
    private let idleTime: UInt64
    private let maxAge: UInt64

    /// How long the last good address serves in place of one that cannot be resolved.
    private static let addressMemory = Duration.seconds(300)

    /// - Parameter resolve: finds out where a name leads, on a thread where it may block; the system's way where absent.
    package init(
        to target: ProviderTarget,
        on loop: HTTPLoop,
        resolve: (@Sendable (_ host: String, _ port: Int) throws -> [SocketAddress])? = nil
    ) {
        self.target = target
        self.loop = loop
        idleTime = target.idleTime.nanoseconds
        maxAge = target.maxAge.nanoseconds
        peer = target.proxy.map { ($0.host, $0.port) } ?? (target.host, target.port)
        names = NameLookup(of: peer.host, peer.port, on: loop, resolve: resolve ?? NameLookup.system)
        literal = try? SocketAddress(ipAddress: peer.host, port: peer.port)
    }

    /// An idle connection that may be used, if there is one.
    package func leaseIdle() -> ProviderConnection? {
        guard !idle.isEmpty else { return nil }
        let now = loop.recent
        while let connection = idle.popLast() {
            let isYoung = now < connection.openedAt.advanced(by: maxAge)
            if isYoung, connection.lease() { return connection }
            connection.close()
        }
        return nil
    }

    /// An idle connection, or a new one; `fresh` asks for a new one.
    ///
    /// `attempt` lets somebody else cancel while the connection is being made; a handshake gets `tlsTime` nanoseconds.
    /// - Throws: why there is none by the moment.
    package func lease(
        connectUntil moment: UInt64,
        tlsTime: UInt64 = 5_000_000_000,
        fresh: Bool = false,
        attempt: ConnectAttempt
    ) async throws(ConnectionFault) -> ProviderConnection {
        if !fresh, let connection = leaseIdle() { return connection }
        let known = lastGood.flatMap {
            loop.now < $0.at.advanced(byNanosecondsOf: ProviderPool.addressMemory) ? $0.address : nil
        }
        do throws(ConnectionFault) {
            let address = literal ?? (names.hangs ? known : nil)
            return try await connect(until: moment, tlsTime: tlsTime, to: address, attempt)
        } catch {
            guard error == .dns, let known else { throw error }
            return try await connect(until: moment, tlsTime: tlsTime, to: known, attempt)
        }
    }

    /// Takes a connection back after an exchange that was read to its end; others must be closed.
    package func giveBack(_ connection: ProviderConnection) {
        let restsUntil = loop.moment(afterNanoseconds: idleTime)
        guard !isClosed, idle.count < target.maxIdle, connection.rest(until: restsUntil) else {
            return connection.close()
        }
        forgetClosed()
        idle.append(connection)
    }

    /// Forgets idle connections that closed meanwhile; the longest idle stand in front, and close first.
    private func forgetClosed() {
        guard let first = idle.first, !first.isOpen else { return }
        idle.removeAll { !$0.isOpen }
    }

    /// Closes the idle connections; those in use close when they are given back.
    package func close() {
        isClosed = true
        for connection in idle { connection.close() }
        idle = []
    }

    /// Begins to connect; a function of its own, since what waits keeps its frame on the heap.
    @inline(never)
    private func dial(
        until moment: UInt64,
        _ address: SocketAddress?
    ) throws(ConnectionFault) -> EventLoopFuture<any Channel> {
        let now = loop.now
        guard moment > now else { throw .connectTimeout }
        let bootstrap = ClientBootstrap(group: loop.eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            // One receive buffer is kept for each connection instead of up to four.
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: ReceiveSizes.ofProvider)
            // The connection asks for reads itself: that is a shorter way than being asked whether it wants one.
            .channelOption(.autoRead, value: false)
            .connectTimeout(.nanoseconds(Int64(clamping: moment - now)))
            .channelInitializer { [loop, target] channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = target.tls
                    let connection = ProviderConnection(
                        on: loop,
                        speaksTLS: tls != nil,
                        awaitsTunnel: target.proxy != nil
                    )
                    guard DescriptorBudget.hasRoom(beside: channel) else { throw NoDescriptors() }
                    if let proxy = target.proxy {
                        let tunnel = ProxyTunnel(
                            to: target.host,
                            port: target.port,
                            authorization: proxy.authorization
                        )
                        try channel.pipeline.syncOperations.addHandler(tunnel)
                    }
                    if let tls { try channel.pipeline.syncOperations.addHandler(tls.makeHandler()) }
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
        guard let address else {
            return bootstrap.resolver(names.addresses()).connect(host: peer.host, port: peer.port)
        }
        return bootstrap.connect(to: address)
    }

    private func connect(
        until moment: UInt64,
        tlsTime: UInt64,
        to address: SocketAddress?,
        _ attempt: ConnectAttempt
    ) async throws(ConnectionFault) -> ProviderConnection {
        let channel = try await attempt.wait(for: dial(until: moment, address), until: moment)
        guard let connection = try? channel.pipeline.syncOperations.handler(type: ProviderConnection.self) else {
            channel.close(promise: nil)
            throw .reset
        }
        attempt.connection = connection
        defer { attempt.connection = nil }
        do throws(ConnectionFault) {
            if target.tls != nil || target.proxy != nil {
                try await connection.ready(until: loop.now &+ min(tlsTime, 1 << 61))
            }
        } catch {
            connection.close()
            throw error
        }
        if let remote = channel.remoteAddress { lastGood = (remote, loop.now) }
        return connection
    }
}
