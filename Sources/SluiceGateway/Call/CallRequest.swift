// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// The caller's body as it came, and what was found in it.
struct CallRequest {
    let body: ByteBuffer
    let facts: CallFacts

    init(_ body: ByteBuffer, for endpoint: Outcome.Endpoint, in dialects: Dialects) throws(Refusal) {
        self.body = body
        guard let reading = dialects.reading(endpoint.dialect) else {
            throw Refusal(.unknownPath, "The dialect \(endpoint.dialect.rawValue) is not served here.")
        }
        facts = try reading.facts(of: body.readableBytesSpan, for: endpoint.operation)
    }
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
