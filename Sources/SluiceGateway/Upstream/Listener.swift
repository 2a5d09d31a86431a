// SPDX-License-Identifier: Apache-2.0

/// Who listens to an attempt: hears of its silence and of its first content.
protocol Listener {
    /// After this moment of the loop's clock a word is due; `.max` is never.
    var silentAfter: UInt64 { get }

    /// Nothing has come for so long that a word is due; throws where nobody takes it any more.
    func silence() async throws(UpstreamFailure)

    /// The first content of a stream came.
    func firstContent()

    /// The attempt has waited for its provider, so many nanoseconds.
    func waited(_ nanoseconds: UInt64)
}

/// Listens to attempts that no caller waits for: hedges, copies of requests, streams that are read on for what they cost.
struct NoListener: Listener {
    var silentAfter: UInt64 { .max }

    func silence() {}
    func firstContent() {}
    func waited(_ nanoseconds: UInt64) {}
}
