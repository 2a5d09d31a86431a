// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// A closed set of words as one byte in a record; numbers are never given twice.
protocol RecordCode: CaseIterable {
    var recordCode: UInt8 { get }
    /// The words by their numbers.
    static var byRecordCode: [Self?] { get }
}

extension RecordCode {
    init?(recordCode: UInt8) {
        let table = Self.byRecordCode
        guard Int(recordCode) < table.count, let value = table[Int(recordCode)] else { return nil }
        self = value
    }

    fileprivate static func table() -> [Self?] {
        var table = [Self?](repeating: nil, count: 256)
        for word in allCases { table[Int(word.recordCode)] = word }
        return table
    }
}

extension Outcome.Endpoint: RecordCode {
    static let byRecordCode = table()

    /// The dialect in the upper four bits, the operation in the lower: records from before there were others are OpenAI's.
    ///
    /// The highest bit is turned over for operations from 16 on; no dialect's number is another's with that bit turned.
    var recordCode: UInt8 {
        (dialect.recordCode << 4 | operation.rawValue & 0xF) ^ (operation.rawValue > 0xF ? 0x80 : 0)
    }
}

extension Dialect {
    fileprivate var recordCode: UInt8 {
        switch self {
        case .openai: 0
        case .anthropic: 1
        case .gemini: 2
        case .converse: 3
        case .custom: 15
        }
    }
}

extension Outcome.Ending: RecordCode {
    static let byRecordCode = table()

    var recordCode: UInt8 {
        switch self {
        case .complete: 1
        case .refused: 2
        case .cut: 3
        case .callerGone: 4
        case .interrupted: 5
        }
    }
}

extension Attempt.Purpose: RecordCode {
    static let byRecordCode = table()

    var recordCode: UInt8 {
        switch self {
        case .primary: 1
        case .retry: 2
        case .fallback: 3
        case .hedge: 4
        case .mirror: 5
        case .judge: 6
        }
    }
}

extension ErrorClass: RecordCode {
    static let byRecordCode = table()

    var recordCode: UInt8 {
        switch self {
        case .upstreamError: 1
        case .timeout: 2
        case .connect: 3
        case .tls: 4
        case .reset: 5
        case .malformed: 6
        case .empty: 7
        case .truncated: 8
        case .errorInStream: 9
        case .badRequest: 10
        case .quota: 11
        case .credential: 12
        case .contentFilter: 13
        case .callerGone: 14
        case .refused: 15
        case .superseded: 16
        case .relayStopped: 17
        }
    }
}

extension VersionChoice.Reason: RecordCode {
    static let byRecordCode = table()

    var recordCode: UInt8 {
        switch self {
        case .score: 1
        case .cheapest: 2
        case .pinned: 3
        case .rollout: 4
        }
    }
}

extension RequestTier: RecordCode {
    static let byRecordCode = table()

    var recordCode: UInt8 {
        switch self {
        case .premium: 1
        case .balanced: 2
        case .economy: 3
        }
    }
}
