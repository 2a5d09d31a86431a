// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceWire

/// How the requests of a provider are signed.
struct RequestSigning: Sendable {
    private let signer: SigV4
    private let host: String

    /// - Returns: `nil` where a provider's requests carry their credential as it is.
    init?(_ provider: Provider) {
        guard case .bedrock(let bedrock) = provider.host, let credentials = bedrock.credentials else { return nil }
        signer = SigV4(credentials, region: bedrock.region, service: "bedrock")
        host = provider.address.hostHeader
    }

    /// The lines that sign a request, which stand in its head.
    func lines(path: String, body: RawSpan, at now: Timestamp) -> String {
        let parts = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let request = SigV4.Request(
            method: "POST",
            path: String(parts.first ?? "/"),
            query: parts.count == 2 ? String(parts[1]) : "",
            fields: [("content-type", "application/json"), ("host", host)]
        )
        return signer.lines(for: request, body: body, at: now)
    }
}
