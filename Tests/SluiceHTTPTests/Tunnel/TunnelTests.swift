// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import SluiceHTTP
import SluiceTestKit
import Synchronization
import Testing

/// Callers, relay and providers on real sockets, after a 101 on both sides.
@Suite("Bytes both ways after a change of protocol")
struct TunnelTests {
    private static let request =
        "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\nContent-Length: 0\r\n\r\n"
    private static let switching = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n"

    /// Asks the provider to switch protocols, answers the caller with 101 when it did, and passes bytes until both are done.
    private static func relay(
        to port: Int,
        _ limits: (idle: Duration, stall: Duration),
        _ ended: Box<Int>
    ) -> HTTPServer.Handler {
        { client, loop in
            guard let head = try? await client.nextRequest() else { return }
            let pool = ProviderPool(to: ProviderTarget(host: "127.0.0.1", port: port), on: loop)
            let moment = loop.moment(after: .seconds(10))
            let attempt = ConnectAttempt(on: loop)
            guard let provider = try? await pool.lease(connectUntil: moment, attempt: attempt) else { return }
            provider.send(head.bytes)
            let reader = AnswerReader()
            reader.awaitsUpgrade = true
            while (try? reader.readHead()) == false {
                guard let bytes = try? await provider.read(until: moment) else { return }
                reader.append(bytes)
            }
            guard reader.hasSwitched, let far = provider.upgrade(unread: reader.takeUnread()),
                let near = client.upgrade(ByteBuffer(string: switching))
            else { return }
            await Tunnel(near, far, idle: limits.idle, stall: limits.stall).run()
            // It must never serve another request.
            pool.giveBack(provider)
            if pool.leaseIdle() != nil { ended.change { $0 += 100 } }
            ended.change { $0 += 1 }
        }
    }

    /// Runs a caller beside a provider that switches protocols and then does what the test says.
    private static func with(
        idle: Duration = .seconds(30),
        stall: Duration = .seconds(30),
        provider: @escaping @Sendable (RawSocket) -> Void,
        caller: @escaping @Sendable (RawSocket, HTTPServer) async throws -> Void
    ) async throws {
        let ended = Box(0)
        let upstream = try ScriptedUpstream { _, socket in
            socket.send(switching)
            provider(socket)
            return false
        }
        defer { upstream.stop() }
        try await HTTPServerTests.with(handler: relay(to: upstream.port, (idle, stall), ended)) { server in
            let port = server.port
            let socket = try await offload { try RawSocket.connect(port: port) }
            try await offload { _ = socket.send(request) }
            let head = try await offload {
                // No byte behind it: those are the test's.
                var head: [UInt8] = []
                while head.count < switching.utf8.count,
                    let more = socket.receive(upTo: switching.utf8.count - head.count), !more.isEmpty
                { head += more }
                return String(decoding: head, as: UTF8.self)
            }
            #expect(head == switching)
            try await caller(socket, server)
            socket.close()
            #expect(try await eventually { ended.value == 1 && server.inFlight == 0 && server.connectionCount == 0 })
            #expect(try await eventually { upstream.endedConnections == 1 })
        }
    }

    /// Sends back what comes until the peer's end.
    private static let echo: @Sendable (RawSocket) -> Void = { socket in
        while let bytes = socket.receive(), !bytes.isEmpty { guard socket.send(bytes) else { return } }
    }

    @Test("passes small pieces both ways as they are, one answering the other")
    func small() async throws {
        try await Self.with(provider: Self.echo) { socket, _ in
            for piece: [UInt8] in [[0], [13, 10, 13, 10], Array("HTTP/1.1 200 OK\r\n\r\n".utf8), [255, 0, 254]] {
                let back = try await offload {
                    socket.send(piece)
                    return socket.receive { $0.count >= piece.count }
                }
                #expect(back == piece)
            }
        }
    }

    @Test("passes megabytes both ways at once, whole and in order, while the caller reads slowly")
    func large() async throws {
        let count = 8 << 20
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 11) }
        try await Self.with(provider: Self.echo) { socket, _ in
            async let sent = offload {
                defer { socket.endSending() }
                return socket.send(bytes)
            }
            let back = try await offload {
                var back: [UInt8] = []
                while let more = socket.receive(upTo: 16_384), !more.isEmpty { back += more }
                return back
            }
            #expect(try await sent)
            #expect(back == bytes)
        }
    }

    @Test("a caller that does not read stops the provider, and loses nothing")
    func slowReader() async throws {
        let total = 64 << 20
        let written = Box(0)
        let provider: @Sendable (RawSocket) -> Void = { socket in
            let piece = [UInt8](repeating: 97, count: 1 << 16)
            for _ in 0..<(total >> 16) {
                guard socket.send(piece) else { return }
                written.change { $0 += piece.count }
            }
        }
        try await Self.with(provider: provider) { socket, _ in
            // The writer stops once the buffers are full: its count stands still below the end.
            var last = -1
            while last != written.value || last <= 0 {
                last = written.value
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(last < total)
            #expect(try await offload { socket.receiveAll().count } == total)
        }
    }

    @Test("what comes in one write with the head of either side belongs to the tunnel")
    func behindHeads() async throws {
        let upstream = try ScriptedUpstream { _, socket in
            socket.send(Self.switching + "provider first")
            socket.send(socket.receive { $0.count >= 12 })
            return false
        }
        defer { upstream.stop() }
        let ended = Box(0)
        let limits = (idle: Duration.seconds(30), stall: Duration.seconds(30))
        try await HTTPServerTests.with(handler: Self.relay(to: upstream.port, limits, ended)) { server in
            let port = server.port
            let all = try await offload {
                let socket = try RawSocket.connect(port: port)
                defer { socket.close() }
                socket.send(Self.request + "caller first")
                return String(decoding: socket.receiveAll(), as: UTF8.self)
            }
            #expect(all == Self.switching + "provider firstcaller first")
            #expect(try await eventually { ended.value == 1 && server.connectionCount == 0 })
        }
    }

    @Test("a caller that has said its last still gets what the provider says")
    func callerEndsFirst() async throws {
        let provider: @Sendable (RawSocket) -> Void = { socket in
            var got: [UInt8] = []
            while let bytes = socket.receive(), !bytes.isEmpty { got += bytes }
            socket.send("heard \(got.count)")
        }
        try await Self.with(provider: provider) { socket, _ in
            let answer = try await offload {
                socket.send([UInt8](repeating: 1, count: 100_000))
                socket.endSending()
                return String(decoding: socket.receiveAll(), as: UTF8.self)
            }
            #expect(answer == "heard 100000")
        }
    }

    @Test("a provider that has said its last still gets what the caller says")
    func providerEndsFirst() async throws {
        let heard = Box(0)
        let provider: @Sendable (RawSocket) -> Void = { socket in
            socket.send("that is all")
            socket.endSending()
            while let bytes = socket.receive(), !bytes.isEmpty { heard.change { $0 += bytes.count } }
        }
        try await Self.with(provider: provider) { socket, _ in
            let said = try await offload {
                let said = socket.receiveAll()
                socket.send([UInt8](repeating: 1, count: 100_000))
                socket.endSending()
                return String(decoding: said, as: UTF8.self)
            }
            #expect(said == "that is all")
            #expect(try await eventually { heard.value == 100_000 })
        }
    }

    @Test("a provider that is cut ends the caller's connection after what it has sent")
    func providerCut() async throws {
        try await Self.with { socket in
            socket.send([UInt8](repeating: 7, count: 300_000))
            _ = socket.receive()
        } caller: { socket, _ in
            let all = try await offload {
                let first = socket.receive { $0.count >= 300_000 }
                socket.send("x")
                return first + socket.receiveAll()
            }
            #expect(all == [UInt8](repeating: 7, count: 300_000))
        }
    }

    @Test("a caller that is cut ends the provider's connection")
    func callerCut() async throws {
        let end = Box<Int?>(nil)
        try await Self.with { socket in
            while let bytes = socket.receive() {
                guard !bytes.isEmpty, socket.send(bytes) else { break }
            }
            end.change { $0 = 1 }
        } caller: { socket, _ in
            try await offload {
                socket.send("abc")
                _ = socket.receive { $0.count >= 3 }
                socket.close()
            }
            #expect(try await eventually { end.value == 1 })
        }
    }

    @Test("a tunnel in which nobody says anything is closed after its limit")
    func idle() async throws {
        try await Self.with(idle: .milliseconds(300), provider: Self.echo) { socket, _ in
            let rest = try await offload { socket.receiveAll() }
            #expect(rest.isEmpty)
        }
    }

    @Test("a caller that reads nothing for too long is cut, and the provider with it")
    func stall() async throws {
        let provider: @Sendable (RawSocket) -> Void = { socket in
            let piece = [UInt8](repeating: 97, count: 1 << 16)
            while socket.send(piece) {}
        }
        try await Self.with(stall: .milliseconds(300), provider: provider) { _, server in
            let isCut = try await eventually { server.connectionCount == 0 }
            #expect(isCut)
        }
    }

    @Test("a stop of the server ends a tunnel; a drain waits for it")
    func stops() async throws {
        try await Self.with(provider: Self.echo) { socket, server in
            let isClean = await server.drain(within: .milliseconds(200))
            #expect(!isClean)
            let rest = try await offload { socket.receiveAll() }
            #expect(rest.isEmpty)
        }
    }
}
