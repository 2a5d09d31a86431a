// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// What a version changes in a request, as bytes made once per snapshot.
package struct RewritePlan: Sendable {
    /// Prepares the changes of a version: its model's id and its settings.
    package init(model: String, settings: VersionSettings) {}
}

/// One request rewritten for one version: spans replaced, every other byte as it came.
package struct RequestRewrite: Sendable {
    /// The spans to replace, in order; an empty range inserts.
    package internal(set) var edits: [Edit] = []
    /// Bytes of the rewritten body.
    package internal(set) var length = 0
    /// The caller did not ask for the usage chunk that the provider will send: the meter must hide it.
    package internal(set) var hidesUsage = false

    /// Works out the edits.
    ///
    /// - Parameter injectUsage: ask the provider of a stream for its usage chunk.
    /// - Throws: a `Refusal` of kind `duplicateField` when a parameter that the version sets stands twice in the body.
    package init(
        _ scan: RequestScan,
        of body: RawSpan,
        by plan: RewritePlan,
        injectUsage: Bool
    ) throws(Refusal) {}

    package struct Edit: Sendable, Equatable {
        package var range: Range<Int>
        package var replacement: [UInt8]
    }

    /// Hands out the rewritten body piece by piece, in order.
    package func write(_ body: RawSpan, to take: (RawSpan) -> Void) {}

    /// The rewritten body in one piece.
    package func bytes(of body: RawSpan) -> [UInt8] { [] }
}
