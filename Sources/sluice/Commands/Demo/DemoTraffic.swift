// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// Callers: so many requests a second, whatever becomes of them.
final class DemoTraffic: Sendable {
    struct Counts: Sendable {
        var sent = 0
        var answered = 0
        var failed = 0
    }

    private let url: String
    private let key: String
    private let route: String
    private let rate: Int
    private let counts = Mutex(Counts())

    /// How many callers there are; each stays on its version.
    private static let callers = 5_000
    /// Requests that may be open at once; a node that hangs must not fill the memory.
    private static let openLimit = 2_000

    init(url: String, key: String, route: String, rate: Int) {
        self.url = url
        self.key = key
        self.route = route
        self.rate = rate
    }

    var soFar: Counts { counts.withLock { $0 } }

    /// Sends until it is cancelled.
    func run() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            try await send(through: http)
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    private func send(through http: HTTPClient) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            let clock = ContinuousClock()
            var due = clock.now
            var number = 0
            while true {
                try await clock.sleep(until: due)
                due = due.advanced(by: .microseconds(1_000_000 / rate))
                number += 1
                let open = counts.withLock { $0.sent - $0.answered - $0.failed }
                guard open < DemoTraffic.openLimit else { continue }
                let request = request(number, caller: Int.random(in: 0..<DemoTraffic.callers))
                counts.withLock { $0.sent += 1 }
                group.addTask { await self.make(request, through: http) }
            }
        }
    }

    private func make(_ request: HTTPClientRequest, through http: HTTPClient) async {
        var isAnswered = false
        if let response = try? await http.execute(request, timeout: .seconds(20)) {
            let body = try? await response.body.collect(upTo: 1 << 20)
            isAnswered = response.status == .ok && body != nil
        }
        counts.withLock { counts in
            if isAnswered { counts.answered += 1 } else { counts.failed += 1 }
        }
    }

    /// One in four asks for a stream.
    private func request(_ number: Int, caller: Int) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url + "/chat/completions")
        request.method = .POST
        request.headers.add(name: "authorization", value: "Bearer \(key)")
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "x-sluice-unit", value: "caller-\(caller)")
        let stream = number.isMultiple(of: 4) ? #","stream":true"# : ""
        let text = #"{"model":"\#(route)","messages":[{"role":"user","content":"Hello, number \#(number)"}]\#(stream)}"#
        request.body = .bytes(ByteBuffer(string: text))
        return request
    }
}
