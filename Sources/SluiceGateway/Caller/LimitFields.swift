// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP
import SluiceWire

/// The fields that say how far a caller is from the limits that hold for the request, in the form of the caller's dialect.
struct LimitFields {
    private struct Reading {
        let limit: Int64
        let remaining: Int64
        /// Nanoseconds.
        let reset: UInt64
    }

    private var requests: Reading?
    private var tokens: Reading?
    private var input: Reading?
    private var output: Reading?

    /// Of each kind the limit of which the least is left.
    ///
    /// - Parameter now: nanoseconds of the loops' clock.
    init(_ hold: SpendingHold, at now: UInt64) {
        for rules in hold.rules {
            for meter in rules.rates {
                let (remaining, reset) = meter.reading(at: now)
                let reading = Reading(limit: meter.rate.limit, remaining: remaining, reset: reset)
                switch meter.rate.unit {
                case .requests: LimitFields.note(reading, in: &requests)
                case .tokens: LimitFields.note(reading, in: &tokens)
                case .inputTokens: LimitFields.note(reading, in: &input)
                case .outputTokens: LimitFields.note(reading, in: &output)
                }
            }
        }
    }

    private static func note(_ reading: Reading, in known: inout Reading?) {
        if known.map({ reading.remaining < $0.remaining }) ?? true { known = reading }
    }

    /// - Parameter moment: what the clock on the wall says.
    func write(as voice: CallerVoice, at moment: Timestamp, in bytes: inout HeadBytes) {
        if case .anthropic = voice {
            LimitFields.write("anthropic-ratelimit-requests-", requests, at: moment, in: &bytes)
            LimitFields.write("anthropic-ratelimit-tokens-", tokens, at: moment, in: &bytes)
            LimitFields.write("anthropic-ratelimit-input-tokens-", input, at: moment, in: &bytes)
            LimitFields.write("anthropic-ratelimit-output-tokens-", output, at: moment, in: &bytes)
        } else {
            LimitFields.write("requests", requests, in: &bytes)
            let least = [tokens, input, output].compactMap(\.self).min { $0.remaining < $1.remaining }
            LimitFields.write("tokens", least, in: &bytes)
        }
    }

    private static func write(_ kind: StaticString, _ reading: Reading?, in bytes: inout HeadBytes) {
        guard let reading else { return }
        bytes.write("x-ratelimit-limit-")
        bytes.write(kind)
        bytes.field("", Int(reading.limit))
        bytes.write("x-ratelimit-remaining-")
        bytes.write(kind)
        bytes.field("", Int(reading.remaining))
        bytes.write("x-ratelimit-reset-")
        bytes.write(kind)
        bytes.field("", LimitFields.text(reading.reset))
    }

    private static func write(
        _ prefix: StaticString,
        _ reading: Reading?,
        at moment: Timestamp,
        in bytes: inout HeadBytes
    ) {
        guard let reading else { return }
        bytes.write(prefix)
        bytes.field("limit", Int(reading.limit))
        bytes.write(prefix)
        bytes.field("remaining", Int(reading.remaining))
        bytes.write(prefix)
        // Whole seconds, rounded up.
        let seconds = Int64(clamping: reading.reset / 1_000_000_000) + (reading.reset % 1_000_000_000 > 0 ? 1 : 0)
        let now = moment.nanoseconds / 1_000_000_000
        let end = Timestamp(nanoseconds: 0).advanced(bySeconds: now + seconds)
        bytes.field("reset", "\(end.description.prefix(19))Z")
    }

    /// As OpenAI writes it: `20ms`, `1s`, `6m0s`, `2h3m0s`.
    static func text(_ nanoseconds: UInt64) -> String {
        let milliseconds = nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 > 0 ? 1 : 0)
        if milliseconds < 1_000 { return "\(milliseconds)ms" }
        let seconds = milliseconds / 1_000 + (milliseconds % 1_000 > 0 ? 1 : 0)
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3_600 { return "\(seconds / 60)m\(seconds % 60)s" }
        return "\(seconds / 3_600)h\(seconds / 60 % 60)m\(seconds % 60)s"
    }
}
