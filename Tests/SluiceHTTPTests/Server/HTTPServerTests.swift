// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import NIOHTTP1
import SluiceHTTP
import SluiceTestKit
import Synchronization
import Testing

@Suite("HTTP server")
struct HTTPServerTests {
    /// Echoes bodies until the connection ends.
    static let echo: HTTPServer.Handler = { client, _ in
        while true {
            do throws(HTTPProblem) {
                guard let head = try await client.nextRequest() else { return }
                let body = try await client.body.read()
                let headers = [("x-path", head.uri)]
                let answer = HTTPAnswer.whole(200, headers: headers, body: body, keepsAlive: client.keepsAlive)
                guard await client.write(answer) else { return }
                await client.finish()
            } catch {
                if error.kind != .gone {
                    let text = ByteBuffer(string: error.message)
                    _ = await client.write(HTTPAnswer.whole(error.kind.status, body: text, keepsAlive: false))
                }
                return await client.finish(keepsAlive: false)
            }
        }
    }

    static func with(
        _ configuration: HTTPServer.Configuration = .init(),
        handler: @escaping HTTPServer.Handler = echo,
        _ body: (HTTPServer) async throws -> Void
    ) async throws {
        let group = HTTPLoopGroup(count: 1)
        let server = try await HTTPServer.start(
            configuration,
            on: group,
            logger: Logger(label: "test"),
            handler: handler
        )
        do {
            try await body(server)
        } catch {
            await server.stop()
            await group.shutdown()
            throw error
        }
        await server.stop()
        await group.shutdown()
    }

    static func exchange(_ server: HTTPServer, _ text: String) async throws -> RawAnswer {
        let port = server.port
        return try await offload {
            let socket = try RawSocket.connect(port: port)
            defer { socket.close() }
            socket.send(text)
            return socket.receiveAnswer()
        }
    }

    @Test("answers one request after the other on a connection, also when they come in one write")
    func keepAlive() async throws {
        try await Self.with { server in
            let port = server.port
            let bodies = try await offload {
                let socket = try RawSocket.connect(port: port)
                defer { socket.close() }
                socket.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none")
                let first = socket.receiveAnswer()
                let second = "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
                let third = "POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nthree"
                socket.send(second + third)
                let rest = socket.receiveAll()
                return [first.text, String(decoding: rest, as: UTF8.self)]
            }
            #expect(bodies[0] == "one")
            #expect(bodies[1].contains("x-path: /2") && bodies[1].contains("two"))
            #expect(bodies[1].contains("connection: close") && bodies[1].hasSuffix("three"))
            #expect(server.inFlight == 0)
        }
    }

    @Test(
        "refuses what breaks HTTP with its status, closes, and serves the next caller",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
            ("nonsense\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n folded\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: b\0\r\n\r\n", 400),
            ("GET / HTTP/1.1\nHost: a\n\n", 400),
            ("\u{16}\u{3}\u{1}", 400),
            ("\r\n\r\n\r\n\r\n\r\n", 400),
            ("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\na", 415),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 33554433\r\n\r\n", 413),
            ("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 17_000))\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 101))\r\n", 431),
            ("GET /\(String(repeating: "x", count: 9_000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
            ("GET /\(String(repeating: "x", count: 9_000))", 414),
            ("GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: yyyyyyyyyyyyyyyy\r\n", count: 2_500))", 431),
        ]
    )
    func refusals(text: String, status: Int) async throws {
        try await Self.with { server in
            let port = server.port
            let answer = try await offload {
                let socket = try RawSocket.connect(port: port)
                defer { socket.close() }
                socket.send(text)
                return RawAnswer(socket.receiveAll())
            }
            #expect(answer.status == status)
            #expect(answer["connection"] == "close" && answer.isWhole)
            let next = try await Self.exchange(server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok")
            #expect(next.text == "ok")
            #expect(try await eventually { server.connectionCount == 0 && server.inFlight == 0 })
        }
    }

    @Test("a request that comes byte by byte, behind empty lines, with a body in chunks and a trailer, is read whole")
    func dribble() async throws {
        try await Self.with { server in
            let text =
                "\r\n\r\nPOST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "2;a=b\r\nab\r\n1\r\nc\r\n0\r\nX: y\r\n\r\n"
                + "GET /y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            let port = server.port
            let answers = try await offload {
                let socket = try RawSocket.connect(port: port)
                defer { socket.close() }
                for byte in text.utf8 { socket.send(String(decoding: [byte], as: UTF8.self)) }
                return String(decoding: socket.receiveAll(), as: UTF8.self)
            }
            #expect(answers.contains("x-path: /x\r\n") && answers.contains("\r\n\r\nabcHTTP/1.1 200"))
            #expect(answers.contains("x-path: /y\r\n"))
            #expect(server.inFlight == 0)
        }
    }

    @Test("bodies beyond the limit end with 413 also when no length announces them")
    func chunkedLimit() async throws {
        var configuration = HTTPServer.Configuration()
        configuration.limits.bodyBytes = 100_000
        try await Self.with(configuration) { server in
            let port = server.port
            let answer = try await offload {
                let socket = try RawSocket.connect(port: port)
                defer { socket.close() }
                socket.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in 0..<20 where socket.send("4000\r\n" + String(repeating: "x", count: 0x4000) + "\r\n") {}
                return socket.receiveAnswer()
            }
            #expect(answer.status == 413)
        }
    }

    @Test("answers 100-continue once the body is wanted")
    func expectContinue() async throws {
        try await Self.with { server in
            let port = server.port
            let (interim, answer) = try await offload {
                let socket = try RawSocket.connect(port: port)
                defer { socket.close() }
                socket.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
                let interim = socket.receive { $0.count >= 25 }
                socket.send("body")
                return (interim, socket.receiveAnswer())
            }
            #expect(String(decoding: interim, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
            #expect(answer.text == "body")
        }
    }

    @Test("a head or a body that dribbles is cut off with 408 at the limit")
    func slow() async throws {
        var configuration = HTTPServer.Configuration()
        configuration.limits.headerTime = .milliseconds(200)
        configuration.limits.bodyGrace = .milliseconds(200)
        try await Self.with(configuration) { server in
            let head = try await Self.exchange(server, "GET / HTTP/1.1\r\nHo")
            #expect(head.status == 408)
            let body = try await Self.exchange(server, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab")
            #expect(body.status == 408)
            let silent = try await Self.exchange(server, "")
            #expect(silent.bytes.isEmpty)
        }
    }

    @Test("connections beyond the limits are told so and closed, and their places are given back")
    func connectionLimit() async throws {
        var configuration = HTTPServer.Configuration(maxConnections: 2)
        configuration.maxConnectionsPerAddress = 2
        configuration.full = HTTPAnswer.whole(
            503,
            headers: [("retry-after", "1")],
            body: ByteBuffer(string: "overloaded"),
            keepsAlive: false
        )
        try await Self.with(configuration) { server in
            let port = server.port
            let refused = try await offload {
                let sockets = try (0..<2).map { _ in try RawSocket.connect(port: port) }
                for socket in sockets {
                    socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    _ = socket.receiveAnswer()
                }
                let third = try RawSocket.connect(port: port)
                third.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
                let end = RawAnswer(third.receiveAll())
                for socket in sockets + [third] { socket.close() }
                return end.status == 503 && end["retry-after"] == "1" && end.text.contains("overloaded")
            }
            #expect(refused && server.refusedConnections == 1)
            #expect(try await eventually { server.connectionCount == 0 })
            #expect(try await Self.exchange(server, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
        }
    }

    @Test("a slow reader stops the writer, and nothing is lost")
    func backpressure() async throws {
        let written = Box(0)
        let piece = ByteBuffer(repeating: 0x61, count: 64 * 1_024)
        let handler: HTTPServer.Handler = { client, _ in
            guard (try? await client.nextRequest()) != nil else { return }
            _ = await client.write(ByteBuffer(string: "HTTP/1.1 200 OK\r\ncontent-length: \(512 << 16)\r\n\r\n"))
            for _ in 0..<512 {
                guard await client.write(piece) else { break }
                written.change { $0 += 1 }
            }
            await client.finish(keepsAlive: false)
        }
        try await withKnownFinish(handler, written)
    }

    private func withKnownFinish(_ handler: @escaping HTTPServer.Handler, _ written: Box<Int>) async throws {
        let group = HTTPLoopGroup(count: 1)
        let server = try await HTTPServer.start(
            .init(),
            on: group,
            logger: Logger(label: "test"),
            handler: handler
        )
        let port = server.port
        let socket = try await offload { try RawSocket.connect(port: port) }
        try await offload { _ = socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
        // The writer stops once the kernel's buffers are full: its count stands still below the end.
        var last = -1
        while last != written.value || last <= 0 {
            last = written.value
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(last < 512)
        let total = try await offload { socket.receiveAll().count }
        #expect(total > 512 << 16)
        #expect(written.value == 512)
        socket.close()
        await server.stop()
        await group.shutdown()
    }

    @Test("tells the task at once when the caller leaves while it waits")
    func callerLeaves() async throws {
        let gone = Box([String]())
        let handler: HTTPServer.Handler = { client, loop in
            guard (try? await client.nextRequest()) != nil else { return }
            let point = WaitPoint(on: loop)
            client.watch.onGone = { point.wake() }
            let wasWoken = await point.wait(until: loop.moment(after: .seconds(20)))
            let word = wasWoken && client.isGone ? "woken" : "slept"
            gone.change { $0.append(word) }
        }
        try await Self.with(handler: handler) { server in
            let port = server.port
            try await offload {
                let socket = try RawSocket.connect(port: port)
                socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                socket.close()
            }
            #expect(try await eventually { gone.value == ["woken"] })
            #expect(try await eventually { server.inFlight == 0 })
        }
    }

    @Test("a drain closes idle connections, lets exchanges end, and cuts what is left at the limit")
    func drain() async throws {
        let started = Box(0)
        let handler: HTTPServer.Handler = { client, loop in
            while let head = try? await client.nextRequest() {
                started.change { $0 += 1 }
                let delay = head.uri == "/slow" ? Duration.seconds(3) : .zero
                let point = WaitPoint(on: loop)
                _ = await loop.sleep(until: loop.moment(after: delay), at: point)
                let answer = HTTPAnswer.whole(200, keepsAlive: client.keepsAlive)
                guard await client.write(answer) else { return }
                await client.finish()
            }
        }
        try await Self.with(handler: handler) { server in
            let port = server.port
            let idle = try await offload {
                let socket = try RawSocket.connect(port: port)
                socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = socket.receiveAnswer()
                return socket
            }
            async let slow = Self.exchange(server, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await eventually { started.value == 2 })
            let isClean = await server.drain(within: .seconds(30))
            #expect(isClean)
            let answer = try await slow
            #expect(answer.status == 200 && answer["connection"] == "close")
            #expect(try await offload { idle.receiveAll() }.isEmpty)
            idle.close()
            await #expect(throws: (any Error).self) { try await offload { try RawSocket.connect(port: port) } }
        }
    }
}

/// A value that a test's closures share.
final class Box<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock { $0 } }
    func change(_ body: @Sendable (inout Value) -> Void) { state.withLock { body(&$0) } }
}
