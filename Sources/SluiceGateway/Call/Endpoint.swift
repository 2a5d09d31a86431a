// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// What a request's method and path ask for.
enum Endpoint: Equatable {
    /// Goes to a provider.
    case relay(Outcome.Endpoint)
    case modelList(Dialect)
    case model(Dialect, String)
    /// The process is alive.
    case alive
    /// The node may be given traffic.
    case ready
    /// The path is known, but not with this method.
    case wrongMethod(allowed: String)
    case unknown

    init(_ head: borrowing RequestHead, in dialects: Dialects) {
        if head.method == .POST,
            let usual = Dialects.usual(head.bytes.readableBytesUInt8Span.extracting(head.target))
        {
            self = .relay(usual)
        } else {
            self = Endpoint(head.method, head.uri, in: dialects)
        }
    }

    /// Reads the target; a query is ignored, and slashes too many are one or none.
    init(_ method: RequestHead.Method, _ uri: String, in dialects: Dialects) {
        var path = Substring(uri)
        if path.utf8.first != UInt8(ascii: "/") { path = Endpoint.path(ofAbsolute: path) }
        if let query = path.utf8.firstIndex(of: UInt8(ascii: "?")) { path = path[..<query] }
        if path.utf8.last == UInt8(ascii: "/") || path.contains("//") { path = Endpoint.squeezed(path) }
        switch path {
        case "/healthz", "/health/liveliness": self = Endpoint.get(method, .alive)
        case "/readyz", "/health/readiness": self = Endpoint.get(method, .ready)
        default:
            switch dialects.find(path) {
            case .operation(let endpoint): self = method == .POST ? .relay(endpoint) : .wrongMethod(allowed: "POST")
            case .modelList(let dialect): self = Endpoint.get(method, .modelList(dialect))
            case .model(let dialect, let name): self = Endpoint.get(method, .model(dialect, name))
            case nil: self = .unknown
            }
        }
    }

    /// As it stands in the record of a request.
    var recorded: Outcome.Endpoint {
        switch self {
        case .relay(let endpoint): endpoint
        case .modelList(let dialect), .model(let dialect, _): Outcome.Endpoint(dialect, .models)
        case .alive, .ready, .wrongMethod, .unknown: .other
        }
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
}
