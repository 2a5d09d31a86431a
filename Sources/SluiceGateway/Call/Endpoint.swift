// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// What a request's method and path ask for.
enum Endpoint: Equatable {
    /// Goes to a provider.
    case relay(Outcome.Endpoint)
    /// The same where the path names the model, and says whether the answer is a stream; `nil` where the body says that.
    case named(Outcome.Endpoint, model: String, isStream: Bool?)
    /// The body is a form that names the model; the path stands below the provider's own.
    case form(Outcome.Endpoint, path: String)
    /// Something that a provider keeps.
    case stored(Outcome.Endpoint, StoredPath)
    case modelList(Dialect)
    case model(Dialect, String)
    /// The process is alive.
    case alive
    /// The node may be given traffic.
    case ready
    /// The path is known, but not with this method.
    case wrongMethod(allowed: String, Dialect)
    /// What is said of it is said in the dialect that the path belongs to.
    case unknown(Dialect)

    init(_ head: borrowing RequestHead, in dialects: Dialects) {
        if head.method == .POST,
            let usual = Dialects.usual(head.bytes.readableBytesUInt8Span.extracting(head.target))
        {
            self = .relay(usual)
        } else {
            self = Endpoint(head.method, head.uri, in: dialects, says: Endpoint.fields(of: head))
        }
    }

    /// Reads the target; a query is ignored, and slashes too many are one or none.
    ///
    /// - Parameter says: whether the request has a field, by its name in lower case.
    init(
        _ method: RequestHead.Method,
        _ uri: String,
        in dialects: Dialects,
        says: (String) -> Bool = { _ in false }
    ) {
        var path = Substring(uri)
        if path.utf8.first != UInt8(ascii: "/") { path = Endpoint.path(ofAbsolute: path) }
        if let query = path.utf8.firstIndex(of: UInt8(ascii: "?")) { path = path[..<query] }
        if path.utf8.last == UInt8(ascii: "/") || path.contains("//") { path = Endpoint.squeezed(path) }
        switch path {
        case "/healthz", "/health/liveliness": self = Endpoint.get(method, .alive)
        // Agents ask so before their first request.
        case _ where method == .HEAD && Dialects.isProbe(path): self = .alive
        case "/readyz", "/health/readiness": self = Endpoint.get(method, .ready)
        default:
            switch dialects.find(path, says: says) {
            case .operation(let endpoint):
                self = method == .POST ? .relay(endpoint) : .wrongMethod(allowed: "POST", endpoint.dialect)
            case .named(let endpoint, let model, let isStream):
                self =
                    method == .POST
                    ? .named(endpoint, model: model, isStream: isStream)
                    : .wrongMethod(allowed: "POST", endpoint.dialect)
            case .form(let endpoint, let path):
                self = method == .POST ? .form(endpoint, path: path) : .wrongMethod(allowed: "POST", endpoint.dialect)
            case .stored(let endpoint, let path):
                let isAllowed = path.allowed.split(separator: ", ").contains { $0 == method.rawValue }
                self = isAllowed ? .stored(endpoint, path) : .wrongMethod(allowed: path.allowed, endpoint.dialect)
            case .modelList(let dialect): self = Endpoint.get(method, .modelList(dialect))
            case .model(let dialect, let name): self = Endpoint.get(method, .model(dialect, name))
            case nil: self = .unknown(dialects.family(of: path, says: says))
            }
        }
    }

    /// As it stands in the record of a request.
    var recorded: Outcome.Endpoint {
        switch self {
        case .relay(let endpoint), .named(let endpoint, _, _), .stored(let endpoint, _), .form(let endpoint, _):
            endpoint
        case .modelList(let dialect), .model(let dialect, _): Outcome.Endpoint(dialect, .models)
        case .wrongMethod(_, let dialect), .unknown(let dialect): Outcome.Endpoint(dialect, .other)
        case .alive, .ready: .other
        }
    }

    /// Whether a request has a field.
    private static func fields(of head: borrowing RequestHead) -> (String) -> Bool {
        let bytes = head.bytes
        let lines = head.lines
        return { HeaderLines.first($0, of: bytes.readableBytesUInt8Span, lines) != nil }
    }

    private static func get(_ method: RequestHead.Method, _ endpoint: Endpoint) -> Endpoint {
        method == .GET || method == .HEAD
            ? endpoint : .wrongMethod(allowed: "GET, HEAD", endpoint.recorded.dialect)
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
