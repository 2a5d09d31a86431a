// SPDX-License-Identifier: Apache-2.0

/// What an answer shows of its quality, read while it passes; nothing of the answer is kept.
package struct AnswerMarks: OptionSet, Sendable, Hashable {
    package var rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    // Plainly, since in another module what every set has is found by a table at run time, for every event of a stream.

    /// None.
    package init() { rawValue = 0 }

    package mutating func formUnion(_ other: AnswerMarks) { rawValue |= other.rawValue }

    /// It ended at the limit of its length.
    package static let cutAtLength = AnswerMarks(rawValue: 1)
    /// The model refused, by a field of its own or by the reason of its end.
    package static let refused = AnswerMarks(rawValue: 2)
    /// The provider's filter ended it.
    package static let filtered = AnswerMarks(rawValue: 4)
    /// It calls a tool with arguments that are no JSON object.
    package static let invalidCall = AnswerMarks(rawValue: 8)
    /// It came to its end, and holds neither text nor a call of a tool.
    package static let empty = AnswerMarks(rawValue: 16)
    /// JSON was asked for, and whether it is some is known.
    package static let isJSONKnown = AnswerMarks(rawValue: 32)
    /// JSON was asked for, and it is none.
    package static let invalidJSON = AnswerMarks(rawValue: 64)
}
