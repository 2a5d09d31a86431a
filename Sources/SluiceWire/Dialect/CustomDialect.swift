// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// A dialect given as a value: its five roles as functions, for tests and for dialects that are not of this house.
///
/// An object, so that it weighs one word in each role's enum. It costs calls through pointers, which fall on its own case
/// of each role only (docs/adr/0012-dialects-as-closed-enums.md).
package final class CustomDialect: Sendable {
    let requests: Requests
    let answers: Answers
    let voice: Voice
    let speech: Speech

    package init(requests: Requests, answers: Answers, voice: Voice, speech: Speech) {
        self.requests = requests
        self.answers = answers
        self.voice = voice
        self.speech = speech
    }

    /// How requests are read and rewritten.
    package struct Requests: Sendable {
        package typealias Facts = @Sendable (_ body: RawSpan, Operation) throws(Refusal) -> CallFacts
        package typealias Rewritten = @Sendable (_ body: RawSpan, CallFacts, _ model: String) throws(Refusal) -> [UInt8]

        /// What callers ask for at which path.
        let paths: [(path: String, operation: Operation)]
        let facts: Facts
        /// The body for a provider's model.
        let rewritten: Rewritten

        package init(
            paths: [(path: String, operation: Operation)],
            facts: @escaping Facts,
            rewritten: @escaping Rewritten
        ) {
            self.paths = paths
            self.facts = facts
            self.rewritten = rewritten
        }
    }

    /// How answers are metered.
    package struct Answers: Sendable {
        /// What an event's data says, or a whole answer; `nil` where it cannot be read.
        let reading: @Sendable (_ data: RawSpan) -> EventReading?
        let isTerminal: @Sendable (_ data: RawSpan) -> Bool
        /// What a member of a whole answer is, by its name.
        let member: @Sendable (_ name: RawSpan) -> AnswerMetering.Member

        package init(
            reading: @escaping @Sendable (_ data: RawSpan) -> EventReading?,
            isTerminal: @escaping @Sendable (_ data: RawSpan) -> Bool,
            member: @escaping @Sendable (_ name: RawSpan) -> AnswerMetering.Member
        ) {
            self.reading = reading
            self.isTerminal = isTerminal
            self.member = member
        }
    }

    /// How callers are spoken to.
    package struct Voice: Sendable {
        let errorBody: @Sendable (Refusal, _ requestID: String?) -> [UInt8]
        let isErrorBody: @Sendable (_ body: RawSpan) -> Bool
        /// An error body as an event of a stream.
        let errorEvent: @Sendable (_ body: RawSpan) -> [UInt8]
        let keepAlive: StaticString
        let modelList: @Sendable ([CallerVoice.Model]) -> [UInt8]

        package init(
            errorBody: @escaping @Sendable (Refusal, _ requestID: String?) -> [UInt8],
            isErrorBody: @escaping @Sendable (_ body: RawSpan) -> Bool,
            errorEvent: @escaping @Sendable (_ body: RawSpan) -> [UInt8],
            keepAlive: StaticString,
            modelList: @escaping @Sendable ([CallerVoice.Model]) -> [UInt8]
        ) {
            self.errorBody = errorBody
            self.isErrorBody = isErrorBody
            self.errorEvent = errorEvent
            self.keepAlive = keepAlive
            self.modelList = modelList
        }
    }

    /// How providers are spoken to.
    package struct Speech: Sendable {
        let path: @Sendable (Operation, _ model: String, _ isStream: Bool) -> String?
        let credentialLine: @Sendable (_ key: String) -> String
        let requiredLines: String

        package init(
            path: @escaping @Sendable (Operation, _ model: String, _ isStream: Bool) -> String?,
            credentialLine: @escaping @Sendable (_ key: String) -> String,
            requiredLines: String = ""
        ) {
            self.path = path
            self.credentialLine = credentialLine
            self.requiredLines = requiredLines
        }
    }
}
