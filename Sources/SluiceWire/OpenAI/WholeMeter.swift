// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// Reads a whole JSON answer while it passes, in any number of pieces: usage, emptiness, an error inside a 200.
///
/// Keeps at most the bytes of `usage` and `error`, never the answer.
package struct WholeMeter: Sendable {
    package init(endpoint: Outcome.Endpoint) {}

    /// Takes bytes of the answer.
    package mutating func feed(_ bytes: RawSpan) {}

    /// The provider's usage, once its object was read.
    package var usage: Usage? { nil }

    /// What went wrong, asked at the end of the answer: `nil` when it is one whole JSON object with an answer in it.
    ///
    /// `errorInStream` (or the class of the provider's error), `empty` without choices or data, `malformed` when it is
    /// no JSON object, `truncated` when it breaks off.
    package var fault: ErrorClass? { nil }

    /// The error object of a 200 that holds one.
    package var failure: UpstreamFault? { nil }
}
