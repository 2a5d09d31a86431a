// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Testing

@testable import SluiceHTTP

/// A filter whose steps can stand in an expectation.
private final class Filter {
    private var filter = RequestGuard.StateMachine(HTTPLimits(), stallTime: .seconds(60), openedAt: 0)

    var due: UInt64? { filter.due }
    func take(_ bytes: ByteBuffer, now: UInt64) { filter.take(bytes, now: now) }
    func next(now: UInt64) -> RequestGuard.StateMachine.Step { filter.next(now: now) }
    func answers(now: UInt64) { filter.answers(now: now) }
    func isWritable(_ isWritable: Bool, now: UInt64) { filter.isWritable(isWritable, now: now) }
    func look(now: UInt64) -> RequestGuard.StateMachine.Late { filter.look(now: now) }
}

@Suite("A gate before another server")
struct RequestGuardTests {
    private static let second: UInt64 = 1_000_000_000

    private static func filter() -> Filter { Filter() }

    /// Everything that passes, and what ends it.
    private static func run(_ text: String, cut: Int = .max) -> (passed: String, problem: HTTPProblem?) {
        let filter = RequestGuardTests.filter()
        var passed = ""
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            filter.take(ByteBuffer(bytes: bytes.prefix(cut)), now: 0)
            bytes = bytes.dropFirst(cut)
            steps: while true {
                switch filter.next(now: 0) {
                case .forward(let buffer): passed += String(buffer: buffer)
                case .refuse(let problem): return (passed, problem)
                case .answerContinue: passed += "<continue>"
                case .wait: break steps
                }
            }
        }
        return (passed, nil)
    }

    private static let get = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n"
    private static let post = "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello"
    private static let chunked =
        "POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"

    @Test("requests pass unchanged, however they are cut", arguments: [1, 2, 3, 7, 1_000])
    func passes(cut: Int) {
        let all = [
            RequestGuardTests.get, RequestGuardTests.post, RequestGuardTests.chunked, RequestGuardTests.get,
        ]
        let text = all.joined()
        let (passed, problem) = RequestGuardTests.run(text, cut: cut)
        #expect(passed == text)
        #expect(problem == nil)
    }

    @Test(
        "heads that the data port refuses do not pass",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", HTTPProblem.Kind.malformed),
            ("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", .malformed),
            ("GET / HTTP/1.1\r\nhost: a/b\r\n\r\n", .malformed),
            ("GET / HTTP/1.1\r\nhost:\r\n\r\n", .malformed),
            ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding:\r\n\r\n", .malformed),
            ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n", .malformed),
            ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", .malformed),
            ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +1\r\n\r\n", .malformed),
            ("GET * HTTP/1.1\r\nhost: a\r\n\r\n", .malformed),
            ("CONNECT a:80 HTTP/1.1\r\nhost: a\r\n\r\n", .methodNotAllowed),
            ("GET / HTTP/1.1\r\nhost : a\r\n\r\n", .malformed),
            ("GET / HTTP/1.1\r\nhost: a\r\n folded\r\n\r\n", .malformed),
            ("GET / HTTP/1.1\nhost: a\n\n", .malformed),
            ("GET / HTTP/2.0\r\nhost: a\r\n\r\n", .versionNotSupported),
            ("POST / HTTP/1.1\r\nhost: a\r\ncontent-encoding: gzip\r\n\r\n", .unsupportedEncoding),
        ] as [(String, HTTPProblem.Kind)]
    )
    func refuses(text: String, kind: HTTPProblem.Kind) {
        // A whole request before it passes all the same.
        let (passed, problem) = RequestGuardTests.run(RequestGuardTests.get + text + RequestGuardTests.get)
        #expect(passed == RequestGuardTests.get)
        #expect(problem?.kind == kind)
    }

    @Test("nothing passes after a refusal")
    func over() {
        let filter = RequestGuardTests.filter()
        filter.take(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"), now: 0)
        guard case .refuse = filter.next(now: 0) else {
            Issue.record("a request without Host passed")
            return
        }
        filter.take(ByteBuffer(string: RequestGuardTests.get), now: 1)
        #expect(filter.next(now: 1) == .wait)
        #expect(filter.due == 2 * RequestGuardTests.second)
        #expect(filter.look(now: 2 * RequestGuardTests.second) == .close)
    }

    @Test("a body that waits to be asked for is asked for once")
    func continues() {
        let head = "POST /x HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n"
        let filter = RequestGuardTests.filter()
        filter.take(ByteBuffer(string: head), now: 0)
        #expect(filter.next(now: 0) == .forward(ByteBuffer(string: head)))
        #expect(filter.next(now: 0) == .answerContinue)
        #expect(filter.next(now: 0) == .wait)
        filter.take(ByteBuffer(string: "ab"), now: 0)
        #expect(filter.next(now: 0) == .forward(ByteBuffer(string: "ab")))
        #expect(filter.next(now: 0) == .wait)
    }

    @Test("half a head is refused at its time, and a connection that never speaks is closed")
    func slowHead() {
        let second = RequestGuardTests.second
        let silent = RequestGuardTests.filter()
        #expect(silent.due == 10 * second)
        #expect(silent.look(now: 9 * second) == .wait)
        #expect(silent.look(now: 10 * second) == .close)
        let slow = RequestGuardTests.filter()
        for at in 1..<10 {
            slow.take(ByteBuffer(string: at == 1 ? "GET / HTTP/1.1\r\n" : "x"), now: UInt64(at) * second)
            #expect(slow.next(now: UInt64(at) * second) == .wait)
        }
        guard case .refuse(let problem) = slow.look(now: 10 * second) else {
            Issue.record("half a head stays")
            return
        }
        #expect(problem.kind == .requestTimeout)
    }

    @Test("a connection between two requests has no limit of the gate's, the next head has")
    func idle() {
        let second = RequestGuardTests.second
        let filter = RequestGuardTests.filter()
        filter.take(ByteBuffer(string: RequestGuardTests.get), now: second)
        #expect(filter.next(now: second) == .forward(ByteBuffer(string: RequestGuardTests.get)))
        #expect(filter.next(now: second) == .wait)
        #expect(filter.due == nil)
        filter.take(ByteBuffer(string: "GET"), now: 50 * second)
        #expect(filter.next(now: 50 * second) == .wait)
        #expect(filter.due == 60 * second)
    }

    @Test("a body may be slow for a while; a dribbled one ends the connection")
    func slowBody() {
        let second = RequestGuardTests.second
        let filter = RequestGuardTests.filter()
        filter.take(ByteBuffer(string: "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n"), now: second)
        _ = filter.next(now: second)
        #expect(filter.due == 11 * second)
        filter.take(ByteBuffer(bytes: [UInt8](repeating: 0x61, count: 5_000)), now: 2 * second)
        _ = filter.next(now: 2 * second)
        #expect(filter.due == 21 * second)
        #expect(filter.look(now: 21 * second) == .close)
    }

    @Test("who is answered before the end of the body may go on for two seconds")
    func refusedBody() {
        let second = RequestGuardTests.second
        let filter = RequestGuardTests.filter()
        filter.take(ByteBuffer(string: "POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n"), now: 0)
        _ = filter.next(now: 0)
        filter.answers(now: second)
        #expect(filter.due == 3 * second)
        #expect(filter.look(now: 3 * second) == .close)
        filter.take(ByteBuffer(string: "0123456789"), now: 2 * second)
        _ = filter.next(now: 2 * second)
        #expect(filter.due == nil)
    }

    @Test("a caller that does not read its answer is cut off")
    func stalled() {
        let second = RequestGuardTests.second
        let filter = RequestGuardTests.filter()
        filter.take(ByteBuffer(string: RequestGuardTests.get), now: 0)
        _ = filter.next(now: 0)
        filter.isWritable(false, now: second)
        filter.isWritable(false, now: 5 * second)
        #expect(filter.due == 61 * second)
        filter.isWritable(true, now: 6 * second)
        #expect(filter.due == nil)
    }
}
