// SPDX-License-Identifier: Apache-2.0

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
    package var usage: UsageReading?
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
    /// A second place for usage.
    var innerUsage: UsageReading?

    package init() {}
}
