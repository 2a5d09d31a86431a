// SPDX-License-Identifier: Apache-2.0

/// Where a reader of a node's journal stands: per segment file name, the bytes read of it.
package struct JournalPosition: Sendable, Hashable, Codable {
    package var offsets: [String: Int64]

    package init(offsets: [String: Int64] = [:]) { self.offsets = offsets }
}

/// Records read from a journal, and where the next read goes on.
package struct JournalBatch: Sendable, Equatable {
    /// Attempts that were opened; a reader may leave out those that are settled in the same batch.
    package var opened: [OpenedAttempt]
    /// In the order of each loop; those of different loops are not ordered among themselves.
    package var outcomes: [Outcome]
    /// In the order of each loop.
    package var pins: [Pin]
    /// In the order of each loop.
    package var charges: [Charge]
    /// How many records were read, those left out included.
    package var count: Int
    /// Names only segments that still exist, so it does not grow for ever.
    package var position: JournalPosition
    /// Damaged places that were skipped on the way: each may have held a record.
    package var damaged: Int

    package init(_ records: [JournalRecord] = [], position: JournalPosition, damaged: Int = 0) {
        opened = []
        outcomes = []
        pins = []
        charges = []
        count = 0
        self.position = position
        self.damaged = damaged
        for record in records { append(record) }
    }

    package mutating func append(_ record: JournalRecord) {
        count += 1
        switch record {
        case .opened(let attempt): opened.append(attempt)
        case .settled(let outcome): outcomes.append(outcome)
        case .pinned(let pin): pins.append(pin)
        case .charged(let charge): charges.append(charge)
        }
    }

    /// All that is in it, opened attempts first: stores take records in any order.
    package var records: [JournalRecord] {
        opened.map { .opened($0) } + outcomes.map { .settled($0) } + pins.map { .pinned($0) }
            + charges.map { .charged($0) }
    }
}

/// Where the control plane reads what the data plane handed up.
///
/// The reader of the journal's files and its in-memory twin conform. Calls block for as long as reading a file does and
/// belong off the event loops; they may be made while records are appended.
package protocol JournalSource: Sendable {
    /// At most `limit` records after a position; an empty batch when nothing new is there.
    ///
    /// An empty position reads from the beginning of whatever is kept, segments of a former process included.
    func read(after position: JournalPosition, limit: Int) throws(JournalError) -> JournalBatch

    /// Gives back the space of all that lies before a position, once the store has committed it.
    func release(upTo position: JournalPosition) throws(JournalError)
}

/// A fault of a journal, wider than one record.
package struct JournalError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Another process writes here.
        case locked
        /// Full, read-only or gone; may heal by itself.
        case unavailable
        /// The directory or node name cannot be used.
        case unusable
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
