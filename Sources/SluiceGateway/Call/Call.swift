// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore
import SluiceHTTP
import SluiceWire

/// One request as far as its head says it; it never changes, but the head's bytes are let go of once nobody needs them.
///
/// Lives on one event loop.
final class Call {
    let method: RequestHead.Method
    let endpoint: Endpoint
    /// The caller can be answered in chunks.
    let takesChunks: Bool
    let id: RequestID
    let receivedAt: Timestamp
    /// Monotonic nanoseconds.
    let startedAt: UInt64
    private(set) var headers: CallHeaders

    init(_ head: consuming RequestHead, at startedAt: UInt64, on loop: GatewayLoop) {
        method = head.method
        takesChunks = !head.isHTTP10
        endpoint = Endpoint(head, in: loop.dialects)
        headers = CallHeaders(head)
        self.startedAt = startedAt
        receivedAt = loop.wallClock()
        id = loop.nextID(at: receivedAt)
    }

    /// Lets go of the head's bytes, and of the receive buffer they lie in.
    func dropHead() { headers.drop() }
}

extension Call {
    /// Looks at the head: a known path, the right method, a body that can be JSON.
    ///
    /// - Returns: what is asked of a provider; `nil` where the relay answers itself.
    func operation() throws(Refusal) -> Outcome.Endpoint? {
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
        case .wrongMethod(let allowed, _):
            throw Refusal(.methodNotAllowed, "\(method.rawValue) is not allowed on \(shownPath); use \(allowed).")
        case .relay(let operation), .named(let operation, _, _):
            if case .named(_, _, isStream: true) = endpoint, !headers.asksForEvents {
                throw Refusal(
                    .badRequest,
                    "A stream is served as server-sent events only; ask for it with ?alt=sse.",
                    param: "alt"
                )
            }
            guard let value = headers.fields.contentType,
                !headers.with(value, { $0.equals(ignoringCase: "application/json") })
            else { return operation }
            guard value.count <= 256, headers.text(value).lowercased().contains("json") else {
                throw Refusal(.unsupportedMediaType, "Send the body as JSON, with content-type: application/json.")
            }
            return operation
        case .stored(let operation, _), .form(let operation, _): return operation
        case .modelList, .model, .alive, .ready: return nil
        }
    }

    /// What it is about, where that is kept by a provider.
    var stored: StoredPath? { if case .stored(_, let path) = endpoint { path } else { nil } }

    /// It has an account keep a file or a batch of its caller's.
    var makesKept: Bool { method == .POST && stored?.isOfAccount == true }

    /// It asks for a list of what an account keeps.
    var listsKept: Bool { method == .GET && stored?.isList == true }

    /// The path below the provider's own, where it is the caller's.
    var passedPath: String? {
        switch endpoint {
        case .stored(_, let stored): stored.path
        case .form(_, let path): path
        default: nil
        }
    }

    private var asksForWebSocket: Bool {
        guard method == .GET, let value = headers.fields.upgrade else { return false }
        return headers.with(value) { $0.listHolds("websocket") }
    }

    /// The path without its query, cut to what is good to read.
    private var shownPath: String { String(headers.text(headers.target).prefix { $0 != "?" }.prefix(128)) }
}
