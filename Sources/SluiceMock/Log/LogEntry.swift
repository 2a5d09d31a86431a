// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// One request as the simulated provider itself saw it: what a relay's ledger is compared with.
package struct LogEntry: Sendable {
    /// From 1, in the order of arrival.
    package var sequence: Int
    /// When the request had arrived.
    package var time: Timestamp
    /// The `x-request-id` of the request.
    package var requestID: String?
    /// The id in the answer.
    package var answerID: String?
    package var path: String
    package var model: String?
    package var isStream = false
    package var status = 0
    var usage: MockUsage?
    package var ending = Ending.complete
    /// Completion tokens that had left when the caller went; absent for other endings.
    package var sentTokens: Int?
    /// Bytes of the request's body.
    package var requestBytes = 0

    package enum Ending: String, Sendable {
        case complete
        /// An error was answered.
        case error
        /// The answer was broken off on purpose.
        case cut
        /// The caller left first.
        case callerGone = "caller_gone"
    }

    /// One line of JSON.
    package var json: String {
        func text(_ value: String?) -> String { value.map(MockJSON.quoted) ?? "null" }
        func number(_ value: Int?) -> String { value.map { "\($0)" } ?? "null" }
        return "{\"seq\":\(sequence),\"time\":\"\(time)\",\"request_id\":\(text(requestID)),\"id\":\(text(answerID)),"
            + "\"path\":\(text(path)),\"model\":\(text(model)),\"stream\":\(isStream),\"status\":\(status),"
            + "\"ending\":\"\(ending.rawValue)\",\"prompt_tokens\":\(number(usage?.prompt)),"
            + "\"cached_tokens\":\(number(usage?.cached)),\"completion_tokens\":\(number(usage?.completion)),"
            + "\"reasoning_tokens\":\(number(usage?.reasoning)),\"sent_tokens\":\(number(sentTokens)),"
            + "\"request_bytes\":\(requestBytes)}"
    }
}
