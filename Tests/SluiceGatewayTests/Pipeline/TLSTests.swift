// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import SluiceCore
import SluiceGateway
import SluiceTestKit
import Testing

@Suite("TLS to providers")
struct TLSTests {
    private static let stubborn = VersionSettings(
        retry: RetryPolicy(maxRetries: 2, backoff: .milliseconds(1)),
        timeouts: Timeouts(tls: .milliseconds(300))
    )

    private static func with(
        port: Int,
        authority: String?,
        _ body: (Rig) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { (folder: String) async throws -> Void in
            var file: String?
            if let authority {
                let path = folder + "/authority.pem"
                try Data(authority.utf8).write(to: URL(filePath: path))
                file = path
            }
            let address = try ProviderAddress(validating: "https://127.0.0.1:\(port)/v1")
            let trusted = file
            try await Rig.with(
                stubborn,
                change: {
                    $0.providers[0].address = address
                    $0.providers[0].certificateAuthorityFile = trusted
                },
                script: { _, _ in false },
                body
            )
        }
    }

    @Test("a certificate of the trusted authority for this host is taken")
    func trusted() async throws {
        let upstream = try await TLSUpstream.start(
            certificate: Certificates.valid,
            key: Certificates.validKey,
            answer: Wire.answer(Wire.completion)
        )
        try await Self.with(port: upstream.port, authority: Certificates.authority) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 200 && answer.text == Wire.completion)
            #expect(try await rig.chat().status == 200)
            #expect(upstream.connections == 1)
        }
        await upstream.stop()
    }

    @Test(
        "another host's certificate, an expired one and one of an unknown authority are 502 upstream_tls, once",
        arguments: [
            (Certificates.otherName, Certificates.otherNameKey, true),
            (Certificates.expired, Certificates.expiredKey, true), (Certificates.valid, Certificates.validKey, false),
        ]
    )
    func refused(certificate: String, key: String, isTrusted: Bool) async throws {
        let upstream = try await TLSUpstream.start(certificate: certificate, key: key, answer: "")
        let authority = isTrusted ? Certificates.authority : nil
        try await Self.with(port: upstream.port, authority: authority) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 502 && answer.text.contains("upstream_tls"))
            let outcome = try #require(rig.sink.outcomes.first)
            #expect(outcome.attempts.map(\.errorClass) == [.tls] && upstream.connections == 1)
        }
        await upstream.stop()
    }

    @Test("a provider that stalls in the handshake is 502 upstream_tls after the limit for it")
    func stalls() async throws {
        // It waits for the end of a request's head, which a handshake never shows.
        let silent = try ScriptedUpstream { _, _ in false }
        defer { silent.stop() }
        try await Self.with(port: silent.port, authority: nil) { (rig: Rig) async throws -> Void in
            let answer = try await rig.chat()
            #expect(answer.status == 502 && answer.text.contains("upstream_tls"))
            #expect(rig.sink.outcomes[0].attempts.map(\.errorClass) == [.tls])
        }
    }
}
