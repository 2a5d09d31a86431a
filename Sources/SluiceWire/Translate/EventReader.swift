// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// What is known of a provider's stream between its events.
struct EventReader: Sendable {
    /// What a text is a piece of.
    enum Text { case text, thinking, arguments }

    /// The call that pieces of arguments belong to, counted from 0.
    var slot = 0
    /// OpenAI's number of each call, and its id.
    var calls: [(number: Int64, id: [UInt8])] = []
    /// Pieces of the call's arguments have come, where its end may bring them.
    var hasArguments = false
    /// Anthropic's block at hand.
    var block = Block.other
    var counts = AnthropicCounts()

    enum Block { case text, thinking, call, other }

    /// Tool calls of one answer.
    static let mostCalls = 1_024
}
