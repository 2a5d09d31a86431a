// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOSSL

/// The TLS side of one provider: one context, made when the configuration is read.
///
/// Verification is always on.
package final class ProviderTLS: Sendable {
    private let context: NIOSSLContext
    /// Sent as SNI and checked against the certificate; `nil` where the host is an address.
    private let serverName: String?

    /// Trusts the system's authorities, or those in a PEM file instead.
    ///
    /// - Throws: when the file cannot be read or holds no certificate.
    package init(host: String, certificateAuthorityFile: String? = nil) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .fullVerification
        configuration.applicationProtocols = ["http/1.1"]
        if let certificateAuthorityFile {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(certificateAuthorityFile))
        }
        context = try NIOSSLContext(configuration: configuration)
        serverName = (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }

    func makeHandler() throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: context, serverHostname: serverName)
    }
}
