// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceHTTP
import SluiceTestKit
import Synchronization
import Testing

@Suite("Connections to a provider")
struct ProviderPoolTests {
    /// Uses a connection once, gives it back, and asks for an idle one while the loop has not looked at its sockets.
    ///
    /// - Returns: whether there was one.
    private static func leaseAgain(
        port: Int,
        on loop: HTTPLoop,
        meanwhile: @escaping @Sendable () -> Void
    ) async -> Bool {
        await withCheckedContinuation { (done: CheckedContinuation<Bool, Never>) in
            loop.eventLoop.execute {
                loop.start {
                    let pool = ProviderPool(to: ProviderTarget(host: "127.0.0.1", port: port), on: loop)
                    let moment = loop.moment(after: .seconds(10))
                    let attempt = ConnectAttempt(on: loop)
                    guard let connection = try? await pool.lease(connectUntil: moment, attempt: attempt) else {
                        return done.resume(returning: false)
                    }
                    connection.send(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
                    _ = try? await connection.read(until: moment)
                    pool.giveBack(connection)
                    meanwhile()
                    done.resume(returning: pool.leaseIdle() != nil)
                    pool.close()
                }
            }
        }
    }

    @Test("one that the provider closed a moment ago is not used, also before the event loop has heard of it")
    func closedUnseen() async throws {
        let group = HTTPLoopGroup(count: 1)
        for closes in [true, false] {
            let close = Gate()
            let closed = Gate()
            let upstream = try ScriptedUpstream { _, socket in
                socket.send("HTTP/1.1 204 Nothing\r\n\r\n")
                close.pass()
                if closes { socket.close() }
                closed.open()
                return !closes
            }
            let isThere = await Self.leaseAgain(port: upstream.port, on: group.loops[0]) {
                close.open()
                closed.pass()
            }
            #expect(isThere != closes)
            upstream.stop()
        }
        await group.shutdown()
    }

    /// Connects to a name that is resolved by the test; what came of it.
    private static func connect(
        to host: String,
        times: Int = 1,
        on loop: HTTPLoop,
        resolve: @escaping @Sendable (String, Int) throws -> [SocketAddress]
    ) async -> [ConnectionFault?] {
        await withCheckedContinuation { (done: CheckedContinuation<[ConnectionFault?], Never>) in
            loop.eventLoop.execute {
                let pool = ProviderPool(to: ProviderTarget(host: host, port: 80), on: loop, resolve: resolve)
                nonisolated(unsafe) var results: [ConnectionFault?] = []  // Safe because: the tasks run on one loop.
                for _ in 0..<times {
                    nonisolated(unsafe) let pool = pool  // Safe because: the tasks run on the pool's loop.
                    loop.start {
                        let moment = loop.moment(after: .seconds(10))
                        var fault: ConnectionFault?
                        do throws(ConnectionFault) {
                            let attempt = ConnectAttempt(on: loop)
                            let made = try await unsafe pool.lease(connectUntil: moment, attempt: attempt)
                            made.close()
                        } catch {
                            fault = error
                        }
                        results.append(fault)
                        if results.count == times { done.resume(returning: results) }
                    }
                }
            }
        }
    }

    @Test("a name server that does not answer is asked once, and holds up nobody who goes elsewhere")
    func hangingNames() async throws {
        let group = HTTPLoopGroup(count: 1)
        let loop = group.loops[0]
        let upstream = try ScriptedUpstream { _, _ in false }
        let answers = Gate()
        let lookups = Mutex(0)
        async let hanging = Self.connect(to: "hanging.test", times: 3, on: loop) { _, _ in
            lookups.withLock { $0 += 1 }
            answers.pass()
            throw SocketAddressError.unsupported
        }
        _ = try await eventually { lookups.withLock { $0 } == 1 }
        let port = upstream.port
        let other = await Self.connect(to: "other.test", on: loop) { _, _ in
            [try SocketAddress(ipAddress: "127.0.0.1", port: port)]
        }
        #expect(other == [nil])
        answers.open()
        #expect(await hanging == [.dns, .dns, .dns] && lookups.withLock { $0 } == 1)
        upstream.stop()
        await group.shutdown()
    }
}
