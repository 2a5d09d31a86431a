// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension RecordCodec {
    /// The record in some bytes, or `nil` when they are none; total over any bytes whatever.
    static func record(kind: UInt8, _ bytes: ArraySlice<UInt8>) -> JournalRecord? {
        var reader = RecordReader(bytes)
        switch Kind(rawValue: kind) {
        case .opened: return (try? opened(&reader)).map { .opened($0) }
        case .settled: return (try? outcome(&reader)).map { .settled($0) }
        case nil: return nil
        }
    }

    private static func opened(_ reader: inout RecordReader) throws(MalformedRecord) -> OpenedAttempt {
        OpenedAttempt(
            request: RequestID(high: try reader.fixed(), low: try reader.fixed()),
            requestStartedAt: Timestamp(nanoseconds: try reader.signed()),
            number: try reader.int(),
            purpose: try reader.code(),
            provider: try id(&reader),
            model: try reader.text(),
            version: try id(&reader),
            route: try id(&reader),
            key: try optionalID(&reader)
        )
    }

    private static func outcome(_ reader: inout RecordReader) throws(MalformedRecord) -> Outcome {
        let request = RequestID(high: try reader.fixed(), low: try reader.fixed())
        let startedAt = Timestamp(nanoseconds: try reader.signed())
        let duration = try reader.signed()
        let overhead = try reader.signed()
        let firstToken = try reader.optional { (reader) throws(MalformedRecord) in try reader.signed() }
        let endpoint: Outcome.Endpoint = try reader.code()
        var outcome = Outcome(request: request, startedAt: startedAt, endpoint: endpoint, epoch: 0)
        outcome.duration = duration
        outcome.overhead = overhead
        outcome.firstToken = firstToken
        outcome.isStream = try reader.flag()
        outcome.key = try optionalID(&reader)
        outcome.route = try optionalID(&reader)
        outcome.version = try optionalID(&reader)
        outcome.bucket = try reader.optional { (reader) throws(MalformedRecord) in
            guard let bucket = UInt16(exactly: try reader.unsigned()) else { throw MalformedRecord() }
            return bucket
        }
        outcome.unitSource = try reader.optional { (reader) throws(MalformedRecord) in try reader.text() }
        outcome.unitHash = try reader.optional { (reader) throws(MalformedRecord) in try reader.fixed() }
        outcome.epoch = try reader.signed()
        outcome.status = try reader.int()
        outcome.ending = try reader.code()
        outcome.errorClass = try errorClass(&reader)
        outcome.tags = try reader.optional { (reader) throws(MalformedRecord) in try reader.text() }
        // No room is reserved for the count: a lie about it ends with the bytes.
        for _ in 0..<(try reader.unsigned()) { outcome.attempts.append(try attempt(&reader)) }
        return outcome
    }

    private static func attempt(_ reader: inout RecordReader) throws(MalformedRecord) -> Attempt {
        var attempt = Attempt(
            number: try reader.int(),
            purpose: try reader.code(),
            provider: try id(&reader),
            model: try reader.text(),
            version: try id(&reader),
            startedAfter: try reader.signed()
        )
        attempt.duration = try reader.signed()
        attempt.firstToken = try reader.optional { (reader) throws(MalformedRecord) in try reader.signed() }
        attempt.status = try reader.optional { (reader) throws(MalformedRecord) in try reader.int() }
        attempt.errorClass = try errorClass(&reader)
        attempt.usage = try reader.optional { (reader) throws(MalformedRecord) in try usage(&reader) }
        attempt.cost =
            switch try reader.byte() {
            case 1: .known(NanoUSD(try reader.signed()))
            case 2: .unpriced
            case 3: .unknown
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

    private static func errorClass(_ reader: inout RecordReader) throws(MalformedRecord) -> ErrorClass? {
        try reader.optional { (reader) throws(MalformedRecord) in try reader.code() }
    }

    private static func id<Subject>(_ reader: inout RecordReader) throws(MalformedRecord) -> Identifier<Subject> {
        guard let id = Identifier<Subject>(try reader.text()) else { throw MalformedRecord() }
        return id
    }

    private static func optionalID<Subject>(
        _ reader: inout RecordReader
    ) throws(MalformedRecord) -> Identifier<Subject>? {
        try reader.optional { (reader) throws(MalformedRecord) in try id(&reader) }
    }
}
