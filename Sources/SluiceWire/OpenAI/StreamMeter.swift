// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// Reads a stream of server-sent events while it passes: usage, first content, finish, errors and the end.
///
/// Fed with the body of the provider's answer (without chunk framing), it hands out what goes on to the caller: byte
/// for byte, whole events at a time, without the injected usage chunk. The `[DONE]` event is not handed out but kept
/// (`takeTerminal`), so that the outcome is on record before it leaves.
package struct StreamMeter: Sendable {
    /// A chunk with text, a tool call, a refusal or reasoning was handed out, or is in what was just handed out.
    package internal(set) var hasContent = false
    /// The provider's `[DONE]` was seen; nothing more will be handed out.
    package internal(set) var hasTerminal = false
    /// An error object stood in the stream; `[DONE]` is then withheld for good.
    package internal(set) var failure: UpstreamFault?
    /// The provider's last word on usage; `isEstimated` where an event was too long to read.
    package var usage: Usage? { nil }
    /// Events that were not JSON; they passed unchanged.
    package internal(set) var malformedEvents = 0
    /// Events with data, the hidden one and `[DONE]` not counted.
    package internal(set) var events = 0

    /// - Parameter hidesUsage: swallow the chunk that holds usage and no choices.
    package init(endpoint: Outcome.Endpoint, hidesUsage: Bool) {}

    /// Takes bytes of the answer and hands out what goes on, in order; spans are valid during the call only.
    package mutating func feed(_ bytes: RawSpan, to pass: (RawSpan) -> Void) {}

    /// Takes the end of the answer and hands out what was held of an event that never ended.
    package mutating func finish(to pass: (RawSpan) -> Void) {}

    /// The `[DONE]` event, and what followed it, once; empty where none came or the stream failed.
    package mutating func takeTerminal() -> [UInt8] { [] }

    /// Whether the stream is whole: `[DONE]`, or a finish reason for every choice; never after an error.
    package var isComplete: Bool { false }

    /// What went wrong, asked at the end of the answer: `nil` when it is whole.
    ///
    /// `errorInStream` (or the class of the provider's error), `empty` when it held no event of a choice, `malformed`
    /// when nothing in it could be read, else `truncated`.
    package var fault: ErrorClass? { nil }
}
