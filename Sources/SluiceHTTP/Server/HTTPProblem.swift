// SPDX-License-Identifier: Apache-2.0

/// Why a request cannot be read; the connection ends with the answer to it.
package struct HTTPProblem: Error, Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case malformed
        case methodNotAllowed
        case requestTimeout
        case bodyTooLarge
        case uriTooLong
        case headersTooLarge
        case unsupportedEncoding
        case expectationFailed
        case versionNotSupported
        /// There is no memory for the body.
        case noRoom
        /// The server ends what is under way.
        case stopping
        /// The caller has gone: there is nobody to answer.
        case gone

        /// The status to answer with; 0 where nobody is there.
        package var status: Int {
            switch self {
            case .malformed: 400
            case .methodNotAllowed: 405
            case .requestTimeout: 408
            case .bodyTooLarge: 413
            case .uriTooLong: 414
            case .unsupportedEncoding: 415
            case .expectationFailed: 417
            case .headersTooLarge: 431
            case .versionNotSupported: 505
            case .noRoom, .stopping: 503
            case .gone: 0
            }
        }
    }

    package let kind: Kind
    /// What was wrong and where, fit for the caller.
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
