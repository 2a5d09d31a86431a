// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP

/// What a request's method and path ask for.
enum Endpoint: Equatable {
    /// Goes to a provider.
    case relay(Outcome.Endpoint)
    case modelList
    case model(String)
    /// The process is alive.
    case alive
    /// The node may be given traffic.
    case ready
    /// The path is known, but not with this method.
    case wrongMethod(allowed: String)
    case unknown

    init(_ head: borrowing RequestHead) {
        let path = head.bytes.readableBytesUInt8Span.extracting(head.target)
        if head.method == .POST, path.equals("/v1/chat/completions") {
            self = .relay(.chatCompletions)
        } else {
            self = Endpoint(head.method, head.uri)
        }
    }

    /// Reads the target; the `/v1` prefix may be left out, a query is ignored, and slashes too many are one or none.
    init(_ method: RequestHead.Method, _ uri: String) {
        var path = Substring(uri)
        if path.utf8.first != UInt8(ascii: "/") { path = Endpoint.path(ofAbsolute: path) }
        if let query = path.utf8.firstIndex(of: UInt8(ascii: "?")) { path = path[..<query] }
        if path.utf8.last == UInt8(ascii: "/") || path.contains("//") { path = Endpoint.squeezed(path) }
        let isVersioned = path.utf8.starts(with: "/v1/".utf8)
        let rest = isVersioned ? Substring(path.utf8.dropFirst(3)) : path
        switch rest {
        case "/chat/completions": self = Endpoint.post(method, .chatCompletions)
        case "/completions": self = Endpoint.post(method, .completions)
        case "/embeddings": self = Endpoint.post(method, .embeddings)
        case "/models": self = Endpoint.get(method, .modelList)
        case "/healthz" where !isVersioned, "/health/liveliness" where !isVersioned: self = Endpoint.get(method, .alive)
        case "/readyz" where !isVersioned, "/health/readiness" where !isVersioned: self = Endpoint.get(method, .ready)
        default:
            guard rest.hasPrefix("/models/"), rest.utf8.count > 8 else {
                self = .unknown
                return
            }
            self = Endpoint.get(method, .model(Endpoint.decoded(rest.dropFirst(8))))
        }
    }

    var recorded: Outcome.Endpoint {
        switch self {
        case .relay(let endpoint): endpoint
        case .modelList, .model: .models
        case .alive, .ready, .wrongMethod, .unknown: .other
        }
    }

    private static func post(_ method: RequestHead.Method, _ endpoint: Outcome.Endpoint) -> Endpoint {
        method == .POST ? .relay(endpoint) : .wrongMethod(allowed: "POST")
    }

    private static func get(_ method: RequestHead.Method, _ endpoint: Endpoint) -> Endpoint {
        method == .GET || method == .HEAD ? endpoint : .wrongMethod(allowed: "GET, HEAD")
    }

    private static func path(ofAbsolute uri: Substring) -> Substring {
        guard let scheme = uri.firstRange(of: "://") else { return uri }
        return uri[scheme.upperBound...].drop { $0 != "/" }
    }

    /// A path without empty parts.
    private static func squeezed(_ path: Substring) -> Substring {
        Substring(path.split(separator: "/").reduce(into: "") { $0 += "/" + $1 })
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
