// SPDX-License-Identifier: Apache-2.0

/// Why a provider's connection gave no (further) bytes.
package enum ProviderFault: Error, Sendable, Equatable {
    /// Nobody listens there.
    case refused
    /// No route, or the network is down.
    case unreachable
    /// No connection within the limit.
    case connectTimeout
    case dns
    /// The certificate, its name or the handshake is wrong, or the handshake took too long.
    case tls
    /// The connection broke.
    case reset
    /// A moment given to a read came.
    case timeout
    /// ``ProviderConnection/cancel()`` was called: the caller has gone.
    case cancelled
    /// Too many connections, or the process has no descriptors left.
    case exhausted

    /// Whether no byte of a request can have reached the provider.
    package var isBeforeSending: Bool {
        switch self {
        case .refused, .unreachable, .connectTimeout, .dns, .tls, .exhausted: true
        case .reset, .timeout, .cancelled: false
        }
    }
}
