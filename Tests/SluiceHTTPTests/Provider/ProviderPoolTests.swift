// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceHTTP
import SluiceTestKit
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
}
