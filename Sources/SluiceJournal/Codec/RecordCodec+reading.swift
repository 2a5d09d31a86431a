// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension RecordCodec {
    static func opened(_ reader: inout RecordReader) throws(MalformedRecord) -> OpenedAttempt {
        OpenedAttempt(
            request: RequestID(high: try reader.fixed(), low: try reader.fixed()),
            requestStartedAt: Timestamp(nanoseconds: try reader.signed()),
            number: try reader.int(),
            purpose: try reader.code(),
            provider: try reader.id(),
            model: try reader.text(),
            version: try reader.id(),
            route: try reader.id(),
            key: try reader.flag() ? try reader.id() : nil
        )
    }

    static func outcome(_ reader: inout RecordReader) throws(MalformedRecord) -> Outcome {
        let request = RequestID(high: try reader.fixed(), low: try reader.fixed())
        let startedAt = Timestamp(nanoseconds: try reader.signed())
        let duration = try reader.signed()
        let overhead = try reader.signed()
        let firstToken = try reader.flag() ? try reader.signed() : nil
        let endpoint: Outcome.Endpoint = try reader.code()
        var outcome = Outcome(request: request, startedAt: startedAt, endpoint: endpoint, epoch: 0)
        outcome.duration = duration
        outcome.overhead = overhead
        outcome.firstToken = firstToken
        outcome.isStream = try reader.flag()
        if try reader.flag() { outcome.key = try reader.id() }
        if try reader.flag() { outcome.route = try reader.id() }
        if try reader.flag() { outcome.version = try reader.id() }
        if try reader.flag() {
            guard let bucket = UInt16(exactly: try reader.unsigned()) else { throw MalformedRecord() }
            outcome.bucket = bucket
        }
        if try reader.flag() { outcome.unitSource = try reader.text() }
        if try reader.flag() { outcome.unitHash = try reader.fixed() }
        outcome.epoch = try reader.signed()
        outcome.status = try reader.int()
        outcome.ending = try reader.code()
        if try reader.flag() { outcome.errorClass = try reader.code() }
        if try reader.flag() { outcome.tags = try reader.text() }
        let count = try reader.unsigned()
        // No more room than one attempt has is taken: a lie about the count ends with the bytes.
        if count == 1 { outcome.attempts.reserveCapacity(1) }
        for _ in 0..<count { outcome.attempts.append(try attempt(&reader)) }
        return outcome
    }

    private static func attempt(_ reader: inout RecordReader) throws(MalformedRecord) -> Attempt {
        var attempt = Attempt(
            number: try reader.int(),
            purpose: try reader.code(),
            provider: try reader.id(),
            model: try reader.text(),
            version: try reader.id(),
            startedAfter: try reader.signed()
        )
        attempt.duration = try reader.signed()
        if try reader.flag() { attempt.firstToken = try reader.signed() }
        if try reader.flag() { attempt.status = try reader.int() }
        if try reader.flag() { attempt.errorClass = try reader.code() }
        if try reader.flag() { attempt.usage = try usage(&reader) }
        switch try reader.byte() {
        case 1: attempt.cost = .known(NanoUSD(try reader.signed()))
        case 2: attempt.cost = .unpriced
        case 3: attempt.cost = .unknown
        default: throw MalformedRecord()
        }
        return attempt
    }

    private static func usage(_ reader: inout RecordReader) throws(MalformedRecord) -> Usage {
        Usage(
            freshInput: try reader.signed(),
            cachedInput: try reader.signed(),
            cacheWrite5m: try reader.signed(),
            cacheWrite1h: try reader.signed(),
            output: try reader.signed(),
            reasoning: try reader.signed(),
            isInconsistent: try reader.flag(),
            isEstimated: try reader.flag()
        )
    }
}
