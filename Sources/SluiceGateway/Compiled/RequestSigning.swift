// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceWire
import Synchronization

/// How the requests of a provider are signed.
struct RequestSigning: Sendable {
    private let signer: SigV4
    private let host: String
    private let clock = ProviderClock()

    /// How many seconds a provider's clock is before ours, once it has refused a signature for that.
    private final class ProviderClock: Sendable {
        let offset = Atomic<Int64>(0)
    }

    /// Clocks that differ by less are no reason for a refusal.
    private static let tolerance: Int64 = 240

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
        return signer.lines(for: request, body: body, at: moment(of: now))
    }

    private func moment(of now: Timestamp) -> Timestamp {
        let offset = clock.offset.load(ordering: .relaxed).multipliedReportingOverflow(by: 1_000_000_000)
        let moment = now.nanoseconds.addingReportingOverflow(offset.partialValue)
        return offset.overflow || moment.overflow ? now : Timestamp(nanoseconds: moment.partialValue)
    }

    /// Goes by the clock of a provider that has refused a signature.
    ///
    /// - Parameters:
    ///   - date: when it says that it did so.
    ///   - signedAt: our time of the refused signature.
    /// - Returns: whether that was the reason, as far as the times tell.
    func follow(_ date: String, signedAt: Timestamp, now: Timestamp) -> Bool {
        // Dates lie between 1970 and 9999, and so do differences of seconds.
        guard let seconds = HTTPDate.seconds(date, now: now),
            abs(seconds - moment(of: signedAt).nanoseconds / 1_000_000_000) >= RequestSigning.tolerance
        else { return false }
        clock.offset.store(seconds - now.nanoseconds / 1_000_000_000, ordering: .relaxed)
        return true
    }
}
