// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// What one event of a stream says, or a whole answer, as far as the relay cares; every dialect says it in its own way.
package struct EventReading {
    /// The list of answers is there and empty.
    package var hasNoChoices = false
    package var hasChoices = false
    /// Bytes of text, tool calls, refusals and reasoning, names and wrappers of JSON included.
    package var contentBytes = 0
    /// Bytes that the model itself wrote: the strings of text, arguments, refusals and reasoning.
    package var generatedBytes = 0
    /// The text of the one choice, as JSON wrote it, without its quotes.
    package var text: Range<Int>?
    /// All content is that text.
    var isPlain: Bool { !hasSubstance && contentBytes == text?.count ?? 0 && named & ~1 == 0 }
    /// A delta holds more than its role, if only something this relay has never heard of.
    package var hasSubstance = false
    /// One bit for each choice that was named, and that has a finish reason; indexes above 63 share the last.
    package var named: UInt64 = 0
    package var finished: UInt64 = 0
    /// A bit for each member that an event of usage has no need of, such as citations, by its name.
    package var extras: UInt64 = 0
    /// The event holds an error object, or a choice finished with an error.
    package var hasError = false
    /// Where the error object stands, where the event is not it.
    package var error: Range<Int>?
    /// The event is the stream's last, and says more than that.
    package var endsStream = false
    /// The answer's id, without quotes, where the event names it.
    package var id: Range<Int>?
    /// The service tier, where the event names one; empty for the one that price cards are for.
    package var tier: String?
    /// What the reason of the end says, and a refusal in a field of its own.
    var marks = AnswerMarks()
    /// Where calls of tools stand (an array), or a piece of one's arguments (a string with its quotes).
    var calls: Range<Int>?
    /// The pieces that follow are of another call.
    var beginsCall = false
    private var counts: Counts?

    package init() {}
}

extension EventReading {
    /// One or two of a stream's events count: an object, since a reading is copied on its way.
    private final class Counts: Sendable {
        let usage: UsageReading?
        let innerUsage: UsageReading?

        init(_ usage: UsageReading?, _ innerUsage: UsageReading?) {
            self.usage = usage
            self.innerUsage = innerUsage
        }
    }

    package var usage: UsageReading? {
        get { counts?.usage }
        set { counts = Counts(newValue, innerUsage) }
    }

    /// A second place for usage.
    var innerUsage: UsageReading? {
        get { counts?.innerUsage }
        set { counts = Counts(usage, newValue) }
    }

    /// There is usage in one of its places.
    var hasUsage: Bool { counts != nil }
}
