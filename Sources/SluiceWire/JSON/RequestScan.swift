// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// What one pass over a request's JSON body found: the fields the relay decides on, and where they stand.
///
/// The pass checks the whole text (grammar, UTF-8, depth, number of members) and copies nothing; everything here is a
/// place in the body, read on demand with the same body given again.
package struct RequestScan: Sendable {
    package let endpoint: Outcome.Endpoint
    /// The caller's `model`, a JSON string that is not empty.
    package internal(set) var model = Field()
    /// `stream` is `true`.
    package internal(set) var isStream = false
    /// `stream_options.include_usage` is `true`.
    package internal(set) var asksForUsage = false
    package internal(set) var promptCacheKey: Field?
    /// `session_id`, `conversation_id` or `thread_id`, at the top or in `metadata`.
    package internal(set) var session: Field?
    /// `user`, else `metadata.user_id`.
    package internal(set) var user: Field?
    package internal(set) var maxTokens: Field?
    package internal(set) var maxCompletionTokens: Field?
    /// The raw content of the system (or developer) message before the first user message.
    package internal(set) var systemContent: Range<Int>?
    /// The raw content of the first user message; the whole prompt of a completion.
    package internal(set) var userContent: Range<Int>?

    // What the rewrite needs.
    var members: [Member] = []
    var messages: Field?
    var hasSystemMessage = false
    var streamOptions: Field?
    var includeUsage: Field?
    var streamOptionsIsEmpty = true
    /// Just after the last member of the top level.
    var end = 0

    /// Reads a request body.
    ///
    /// - Throws: a `Refusal` of kind `invalidJSON`, `tooDeep`, `badRequest`, `duplicateField` or `missingModel` that
    ///   says where.
    package init(_ body: RawSpan, endpoint: Outcome.Endpoint) throws(Refusal) {
        self.endpoint = endpoint
        throw Refusal(.invalidJSON, "not yet")
    }

    /// A value in the body: its bytes, quotes included.
    package struct Field: Sendable, Equatable {
        package var range: Range<Int> = 0..<0
        package var kind: Kind = .null

        package enum Kind: Sendable, Equatable { case null, bool, number, string, array, object }
    }

    /// A member of the top level.
    struct Member: Sendable {
        var nameStart: UInt32
        var nameEnd: UInt32
        var valueStart: UInt32
        var valueEnd: UInt32
    }
}

extension RequestScan {
    /// The caller's `model`, unescaped.
    package func modelName(in body: RawSpan) -> String { "" }

    /// The unit that a place in the body names, unescaped; `nil` where it is absent, empty or no string or number.
    ///
    /// `.header`, `.conversation` and `.key` are not in the body and give `nil`.
    package func unit(from source: UnitSource, in body: RawSpan) -> String? { nil }

    /// The caller's cap on output tokens: the larger of `max_tokens` and `max_completion_tokens`.
    package func outputCap(in body: RawSpan) -> Int64? { nil }

    /// Hands out the exact bytes that name the conversation, for a hash: the system prompt's, then the user's.
    ///
    /// - Returns: `false`, and hands out nothing, where the body has no user content.
    package func withConversation(in body: RawSpan, _ take: (RawSpan) -> Void) -> Bool { false }
}
