// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceAdmin
import SluiceHTTP

extension AdminGuard {
    /// The data port's guard before the admin port, with the same limits.
    init(limits: Limits) {
        let connections = DescriptorBudget.adminConnections
        let server = ServerGuard(
            limits: limits.http,
            stallTime: limits.callerStall,
            maxConnections: connections,
            maxConnectionsPerAddress: max(8, min(connections / 2, limits.connectionsPerAddress)),
            full: HTTPAnswer.whole(
                503,
                headers: [("content-type", "application/json"), ("retry-after", "1")],
                body: ByteBuffer(string: AdminGuard.fullText),
                keepsAlive: false
            ),
            substitute: AdminGuard.substitute
        )
        self.init(
            listener: { try await server.protect(listener: $0) },
            connection: { try server.protect(connection: $0) }
        )
    }

    private static let fullText =
        #"{"error":"overloaded","message":"The admin port has no connections left; try again in a moment."}"#

    /// A request in place of one that was refused: no rules let its target through.
    private static func substitute(_ problem: HTTPProblem) -> ByteBuffer {
        let refusal = "\(problem.kind.status) \(code(of: problem.kind)) \(problem.message)"
        return ByteBuffer(string: "GET * HTTP/1.1\r\nhost: -\r\n\(refusalField): \(refusal)\r\n\r\n")
    }

    private static func code(of kind: HTTPProblem.Kind) -> String {
        switch kind {
        case .malformed, .gone: "invalid_request"
        case .methodNotAllowed: "method_not_allowed"
        case .requestTimeout: "request_timeout"
        case .bodyTooLarge: "request_too_large"
        case .uriTooLong: "uri_too_long"
        case .headersTooLarge: "headers_too_large"
        case .unsupportedEncoding: "unsupported_content_encoding"
        case .expectationFailed: "expectation_failed"
        case .versionNotSupported: "version_not_supported"
        case .noRoom, .stopping: "overloaded"
        }
    }
}
