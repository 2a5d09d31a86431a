// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

extension Exchange {
    /// Looks at the head: a known path, the right method, a body that can be JSON.
    func receive() throws(Refusal) {
        if let tags = headers.fields.tags { outcome.tags = headers.text(tags.prefix(256)) }
        switch endpoint {
        case .unknown, .wrongMethod:
            if asksForWebSocket {
                throw Refusal(
                    .upgradeRequired,
                    "WebSocket is not served here (\(shownPath)); send the request with POST and `stream: true`."
                )
            }
        default: break
        }
        switch endpoint {
        case .unknown:
            throw Refusal(
                .unknownPath,
                "Unknown request URL: \(method.rawValue) \(shownPath). See GET /v1/models."
            )
        case .wrongMethod(let allowed):
            throw Refusal(.methodNotAllowed, "\(method.rawValue) is not allowed on \(shownPath); use \(allowed).")
        case .relay:
            guard let place = headers.fields.contentType,
                !headers.with(place, { $0.equals(ignoringCase: "application/json") })
            else { return }
            guard place.count <= 256, headers.text(place).lowercased().contains("json") else {
                throw Refusal(.unsupportedMediaType, "Send the body as JSON, with content-type: application/json.")
            }
        case .modelList, .model, .alive, .ready: break
        }
    }

    private var asksForWebSocket: Bool {
        guard method == .GET, let place = headers.fields.upgrade else { return false }
        return headers.with(place) { $0.listHolds("websocket") }
    }

    /// Reads and scans the body; its limits are those of the connection.
    func readBody() async throws(Refusal) {
        guard case .relay(let endpoint) = endpoint else { return }
        let before = recent
        let body: ByteBuffer
        do throws(HTTPProblem) {
            body = try await client.readBody { takeRoom(for: $0) }
        } catch {
            waitedForCaller += recent - before
            var refusal = Refusal(error)
            if refusal.kind == .overloaded { refusal.retryAfter = home.pauseAsked() }
            throw refusal
        }
        waitedForCaller += recent - before
        try scan(body, endpoint)
    }

    @inline(never)
    private func scan(_ body: ByteBuffer, _ endpoint: Outcome.Endpoint) throws(Refusal) {
        let scan = try RequestScan(body.readableBytesSpan, endpoint: endpoint)
        self.body = body
        self.scan = scan
        outcome.isStream = scan.isStream
    }

    /// The path without its query, cut to what is good to read.
    private var shownPath: String { String(headers.text(headers.target).prefix { $0 != "?" }.prefix(128)) }
}

extension Refusal {
    /// What a problem of HTTP means to the caller.
    init(_ problem: HTTPProblem) {
        let kind: Kind =
            switch problem.kind {
            case .malformed, .gone: .badRequest
            case .expectationFailed: .expectationFailed
            case .versionNotSupported: .versionNotSupported
            case .noRoom: .overloaded
            case .stopping: .draining
            case .methodNotAllowed: .methodNotAllowed
            case .requestTimeout: .requestTimeout
            case .bodyTooLarge: .bodyTooLarge
            case .uriTooLong: .uriTooLong
            case .headersTooLarge: .headersTooLarge
            case .unsupportedEncoding: .unsupportedEncoding
            }
        self.init(kind, problem.message)
    }
}
