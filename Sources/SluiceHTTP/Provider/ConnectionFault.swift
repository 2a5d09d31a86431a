// SPDX-License-Identifier: Apache-2.0

/// Why a provider's connection gave no (further) bytes, or none that can be read: the one failure of this side.
package enum ConnectionFault: Error, Sendable, Equatable {
    // The connection
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

    // The answer
    /// It breaks HTTP/1.1, or is framed in two ways at once.
    case malformed
    /// Its head is larger than the limit.
    case tooLarge
    /// The connection ended in the middle of it.
    case truncated
    /// The connection ended before its first byte.
    case empty
}
