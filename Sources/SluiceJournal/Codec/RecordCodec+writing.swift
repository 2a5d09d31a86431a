// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// The compact form of a journal record: kind 1 is an opened attempt, kind 2 a settled outcome, kind 3 a
/// pin, kind 4 a charge.
///
/// Fields follow each other in a fixed order. A later release may add fields at the end of a kind, which an older one
/// does not read; anything else is a new kind.
enum RecordCodec {
    enum Kind: UInt8 {
        case opened = 1
        case settled = 2
        case pinned = 3
        case charged = 4
    }

    static func kind(of record: JournalRecord) -> Kind {
        switch record {
        case .opened: .opened
        case .settled: .settled
        case .pinned: .pinned
        case .charged: .charged
        }
    }

    static func write(_ record: JournalRecord, to writer: inout RecordWriter) {
        switch record {
        case .opened(let attempt): write(attempt, to: &writer)
        case .settled(let outcome): write(outcome, to: &writer)
        case .pinned(let pin): write(pin, to: &writer)
        case .charged(let charge): write(charge, to: &writer)
        }
    }

    /// The record of a kind that an outcome has: of kind `opened` that of its last attempt.
    static func record(_ kind: Kind, _ outcome: Outcome) -> JournalRecord? {
        switch kind {
        case .opened: OpenedAttempt(lastOf: outcome).map { .opened($0) }
        case .settled: .settled(outcome)
        case .pinned, .charged: nil
        }
    }

    /// The bytes of ``record(_:_:)``, without making the record.
    static func write(_ kind: Kind, _ outcome: Outcome, to writer: inout RecordWriter) {
        switch kind {
        case .opened: writeOpened(outcome, to: &writer)
        case .settled: write(outcome, to: &writer)
        case .pinned, .charged: break
        }
    }

    private static func write(_ pin: Pin, to writer: inout RecordWriter) {
        writer.put(fixed: pin.digest.high)
        writer.put(fixed: pin.digest.low)
        writer.put(pin.version.rawValue)
        writer.put(pin.provider.rawValue)
        writer.put(fixed: pin.account)
        writer.put(pin.madeAt.nanoseconds)
        writer.put(pin.isOwed)
    }

    private static func write(_ charge: Charge, to writer: inout RecordWriter) {
        writer.put(fixed: charge.request.high)
        writer.put(fixed: charge.request.low)
        writer.put(charge.at.nanoseconds)
        writer.put(charge.amount.rawValue)
        writer.put(charge.isSettled)
        writer.put(charge.scope.key) { $0.put($1.rawValue) }
        writer.put(charge.scope.route) { $0.put($1.rawValue) }
        writer.put(charge.scope.version) { $0.put($1.rawValue) }
        writer.put(charge.scope.model) { $0.put($1) }
        writer.put(charge.scope.tags) { $0.put($1) }
        writer.put(charge.scope.endUser) { $0.put($1) }
    }

    private static func writeOpened(_ outcome: Outcome, to writer: inout RecordWriter) {
        guard let last = outcome.attempts.indices.last, let route = outcome.route else { return }
        writer.put(fixed: outcome.request.high)
        writer.put(fixed: outcome.request.low)
        writer.put(outcome.startedAt.nanoseconds)
        writer.put(Int64(outcome.attempts[last].number))
        writer.put(outcome.attempts[last].purpose.recordCode)
        writer.put(outcome.attempts[last].provider.rawValue)
        writer.put(outcome.attempts[last].model)
        writer.put(outcome.attempts[last].version.rawValue)
        writer.put(route.rawValue)
        writer.put(outcome.key) { $0.put($1.rawValue) }
    }

    private static func write(_ attempt: OpenedAttempt, to writer: inout RecordWriter) {
        writer.put(fixed: attempt.request.high)
        writer.put(fixed: attempt.request.low)
        writer.put(attempt.requestStartedAt.nanoseconds)
        writer.put(Int64(attempt.number))
        writer.put(attempt.purpose.recordCode)
        writer.put(attempt.provider.rawValue)
        writer.put(attempt.model)
        writer.put(attempt.version.rawValue)
        writer.put(attempt.route.rawValue)
        writer.put(attempt.key) { $0.put($1.rawValue) }
    }

    private static func write(_ outcome: Outcome, to writer: inout RecordWriter) {
        writer.put(fixed: outcome.request.high)
        writer.put(fixed: outcome.request.low)
        writer.put(outcome.startedAt.nanoseconds)
        writer.put(outcome.duration)
        writer.put(outcome.overhead)
        writer.put(outcome.firstToken) { $0.put($1) }
        writer.put(outcome.endpoint.recordCode)
        writer.put(outcome.isStream)
        writer.put(outcome.key) { $0.put($1.rawValue) }
        writer.put(outcome.route) { $0.put($1.rawValue) }
        writer.put(outcome.version) { $0.put($1.rawValue) }
        writer.put(outcome.bucket) { $0.put(unsigned: UInt64($1)) }
        writer.put(outcome.unitSource) { $0.put($1) }
        writer.put(outcome.unitHash) { $0.put(fixed: $1) }
        writer.put(outcome.epoch)
        writer.put(Int64(outcome.status))
        writer.put(outcome.ending.recordCode)
        writer.put(outcome.errorClass) { $0.put($1.recordCode) }
        writer.put(outcome.tags) { $0.put($1) }
        writer.put(unsigned: UInt64(outcome.attempts.count))
        // By their places: to hand out a copy means to count its references.
        for place in outcome.attempts.indices { write(outcome.attempts, place, to: &writer) }
        // Nothing where nothing more is known: as records ended before it was told.
        var hasDetails = false
        for place in outcome.attempts.indices where AttemptDetails(of: outcome.attempts, place) != [] {
            hasDetails = true
        }
        let (endUser, choice) = (outcome.endUser, outcome.choice)
        guard outcome.requestBytes != nil || hasDetails || endUser != nil || choice != nil else { return }
        writer.put(outcome.requestBytes) { $0.put(unsigned: UInt64(max(0, $1))) }
        if hasDetails {
            writer.put(AttemptDetails.mark)
            for place in outcome.attempts.indices { writeDetails(outcome.attempts, place, to: &writer) }
        }
        if let endUser {
            writer.put(RecordCodec.endUserMark)
            writer.put(endUser)
        }
        if let choice {
            writer.put(RecordCodec.choiceMark)
            write(choice, to: &writer)
        }
    }

    private static func write(_ choice: VersionChoice, to writer: inout RecordWriter) {
        writer.put(choice.reason.recordCode)
        writer.put(choice.wish.tier.recordCode)
        writer.put(choice.wish.latencyBudget) { $0.put($1) }
        writer.put(choice.wish.maxCostPer1k) { $0.put($1.rawValue) }
        writer.put(unsigned: choice.standings.lacking)
        writer.put(unsigned: choice.standings.heldBack)
        writer.put(unsigned: choice.standings.slow)
    }

    /// Stands before the end user of a record.
    static let endUserMark: UInt8 = 0xD8
    /// Stands before how the version of a record was chosen.
    static let choiceMark: UInt8 = 0xD9

    /// What an attempt cost beside plain tokens, and by which card.
    private static func writeDetails(_ attempts: [Attempt], _ place: Int, to writer: inout RecordWriter) {
        let details = AttemptDetails(of: attempts, place)
        writer.put(details.rawValue)
        if let card = attempts[place].pricing?.card { writer.put(fixed: UInt64(bitPattern: card)) }
        if let model = attempts[place].pricing?.pricedAs { writer.put(model) }
        guard !details.isDisjoint(with: .ofUsage), let usage = attempts[place].usage else { return }
        if usage.countedTwice != 0 { writer.put(usage.countedTwice) }
        if !usage.parts.isEmpty {
            writer.put(unsigned: UInt64(usage.parts.entries.count))
            for entry in usage.parts.entries {
                writer.put(entry.part.rawValue)
                writer.put(entry.number)
            }
        }
        if !usage.servedAs.isEmpty {
            writer.put(unsigned: UInt64(usage.servedAs.count))
            for name in usage.servedAs { writer.put(name) }
        }
        if let cost = usage.providerCost { writer.put(cost.rawValue) }
    }

    private static func write(_ attempts: [Attempt], _ place: Int, to writer: inout RecordWriter) {
        writer.put(Int64(attempts[place].number))
        writer.put(attempts[place].purpose.recordCode)
        writer.put(attempts[place].provider.rawValue)
        writer.put(attempts[place].model)
        writer.put(attempts[place].version.rawValue)
        writer.put(attempts[place].startedAfter)
        writer.put(attempts[place].duration)
        writer.put(attempts[place].firstToken) { $0.put($1) }
        writer.put(attempts[place].status) { $0.put(Int64($1)) }
        writer.put(attempts[place].errorClass) { $0.put($1.recordCode) }
        write(attempts[place].usage, to: &writer)
        switch attempts[place].cost {
        case .known(let amount):
            writer.put(1 as UInt8)
            writer.put(amount.rawValue)
        case .unpriced: writer.put(2 as UInt8)
        case .unknown: writer.put(3 as UInt8)
        }
    }

    private static func write(_ usage: borrowing Usage?, to writer: inout RecordWriter) {
        switch usage {
        case .none: writer.put(false)
        case .some(let usage):
            writer.put(true)
            writer.put(usage.freshInput)
            writer.put(usage.cachedInput)
            writer.put(usage.cacheWrite5m)
            writer.put(usage.cacheWrite1h)
            writer.put(usage.output)
            writer.put(usage.reasoning)
            writer.put(usage.isInconsistent)
            writer.put(usage.isEstimated)
        }
    }
}

/// Which details of an attempt a record holds, in the order of the bits.
struct AttemptDetails: OptionSet {
    let rawValue: UInt8

    static let card = AttemptDetails(rawValue: 1)
    static let pricedAs = AttemptDetails(rawValue: 2)
    static let countedTwice = AttemptDetails(rawValue: 4)
    static let parts = AttemptDetails(rawValue: 8)
    static let servedAs = AttemptDetails(rawValue: 16)
    static let providerCost = AttemptDetails(rawValue: 32)
    /// Stands before the details of a record's attempts.
    static let mark: UInt8 = 0xD7
    /// Those that a usage tells.
    static let ofUsage: AttemptDetails = [.countedTwice, .parts, .servedAs, .providerCost]
    static let known: AttemptDetails = [.card, .pricedAs, .countedTwice, .parts, .servedAs, .providerCost]
}

extension AttemptDetails {
    init(of attempts: [Attempt], _ place: Int) {
        self = []
        if attempts[place].pricing != nil { insert(.card) }
        if attempts[place].pricing?.pricedAs != nil { insert(.pricedAs) }
        if attempts[place].usage?.countedTwice ?? 0 != 0 { insert(.countedTwice) }
        guard attempts[place].usage?.hasFurther == true, let usage = attempts[place].usage else { return }
        if !usage.parts.isEmpty { insert(.parts) }
        if !usage.servedAs.isEmpty { insert(.servedAs) }
        if usage.providerCost != nil { insert(.providerCost) }
    }
}
