// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceJudge
import SluiceRelease

/// A judged request between its assignment and the end of its first attempt; or an unused slot.
///
/// Time is evidence as soon as it has passed: a limit that is behind an open request is an event, without waiting for the
/// end. A request that fails early or loses its caller says nothing about limits it never reached. One that is refused
/// (401, 402, 403, 429) says nothing about times and money at all: a slow refusal is no first token, and what the limits
/// have settled of it by then is taken back.
struct EvidenceEntry {
    private let watch: EvidenceWatch?
    private let arm: Arm
    private let unit: UInt64?
    /// The second in which it was assigned.
    let second: Int64
    private let began: UInt64
    /// The next limit; after this moment ``passLimits(at:)`` has something to say.
    private(set) var due: UInt64 = .max
    /// Nanoseconds after `began`.
    private var firstToken: UInt64?
    /// When the caller left.
    private var left: UInt64?
    private var settled: UInt64 = 0
    private var events: UInt64 = 0
    var isSwitch = false
    var isAside = false
    var isMoved = false
    /// See ``EvidenceRecord/production``.
    var production: UInt8 = 0
    /// That the first content came was handed up.
    private var isAnswering = false
    /// The next unused slot.
    let next: Int

    init(_ watch: EvidenceWatch, _ arm: Arm, unit: UInt64?, began: UInt64, second: Int64) {
        self.watch = watch
        self.arm = arm
        self.unit = unit
        self.began = began
        self.second = second
        next = -1
        due = nextDue(watch.limits(of: arm))
    }

    /// An unused slot.
    init(next: Int) {
        watch = nil
        arm = .baseline
        unit = nil
        second = .max
        began = 0
        self.next = next
    }

    var isOpen: Bool { watch != nil }

    /// A record of this request that settles nothing yet.
    var record: EvidenceRecord {
        var record = EvidenceRecord(serial: watch?.serial ?? 0, arm: arm, unit: unit, second: second)
        record.isSwitch = isSwitch
        record.isAside = isAside
        record.isMoved = isMoved
        record.production = production
        record.isAnswering = isAnswering
        return record
    }

    mutating func takeFirstToken(at now: UInt64) {
        guard firstToken == nil, left == nil else { return }
        firstToken = now &- began
        // The next tick tells it, however long the rest takes.
        if let watch, isAside || !watch.limits(of: arm).firstToken.isEmpty { due = 0 }
    }

    mutating func callerLeft(at now: UInt64) {
        if left == nil { left = now }
        due = .max
    }

    /// What has become certain by now; `nil` when nothing has.
    mutating func passLimits(at now: UInt64) -> EvidenceRecord? {
        guard let watch else { return nil }
        let limits = watch.limits(of: arm)
        let isNews = isAside && firstToken != nil && !isAnswering
        if isNews { isAnswering = true }
        var record = self.record
        record.isAnswering = isNews
        settleTimes(limits, elapsed: now &- began, in: &record)
        due = nextDue(limits)
        return record.settled == 0 && !isNews ? nil : record
    }

    /// The last record.
    mutating func end(
        _ attempt: Attempt?,
        _ marks: AnswerMarks?,
        isCallerLimit: Bool,
        at now: UInt64
    ) -> EvidenceRecord {
        var record = self.record
        record.isEnd = true
        guard let watch else { return record }
        let limits = watch.limits(of: arm)
        if let attempt, attempt.errorClass == .quota || attempt.errorClass == .credential {
            record.withdrawn = settled
            record.events = events
            if left == nil { settleEvents(watch, MetricSource(attempt), in: &record) }
            return record
        }
        record.firstToken = firstToken.map(EvidenceEntry.milliseconds)
        record.cost = attempt?.cost.known
        record.tokens = attempt?.usage?.allTokens ?? 0
        guard let attempt, left == nil, attempt.errorClass != .callerGone else {
            settleTimes(limits, elapsed: (left ?? now) &- began, in: &record)
            return record
        }
        let duration = UInt64(clamping: attempt.duration)
        if attempt.errorClass == nil { firstToken = firstToken ?? duration }
        let source = MetricSource(attempt, firstToken: firstToken.map { Int64(clamping: $0) }, marks: marks)
        settleEvents(watch, source, in: &record)
        switch attempt.errorClass {
        case nil:
            record.latency = EvidenceEntry.milliseconds(duration)
            record.firstToken = firstToken.map(EvidenceEntry.milliseconds)
            settleTimes(limits, elapsed: duration, isWhole: true, in: &record)
            settleEndings(limits, source, in: &record)
        case .timeout where !isCallerLimit:
            // It would have taken longer than any limit.
            record.latency = EvidenceEntry.milliseconds(duration)
            settleTimes(limits, elapsed: .max, in: &record)
        default:
            settleTimes(limits, elapsed: duration, in: &record)
        }
        return record
    }

    /// Settles the limits of time that have been passed, and where it is known all of a value's.
    private mutating func settleTimes(
        _ limits: EvidenceLimits,
        elapsed: UInt64,
        isWhole: Bool = false,
        in record: inout EvidenceRecord
    ) {
        for limit in limits.firstToken where settled & limit.bit == 0 {
            let isPassed = (firstToken ?? elapsed) > limit.value
            if isPassed || firstToken != nil { settle(limit.bit, event: isPassed, in: &record) }
        }
        for limit in limits.latency where settled & limit.bit == 0 {
            let isPassed = elapsed > limit.value
            if isPassed || isWhole { settle(limit.bit, event: isPassed, in: &record) }
        }
    }

    /// Settles what is known of an answered request at its end.
    private mutating func settleEndings(
        _ limits: EvidenceLimits,
        _ source: MetricSource,
        in record: inout EvidenceRecord
    ) {
        for ending in limits.endings {
            guard let whole = ending.whole(source) else { continue }
            record.values[ending.slot] = Double(whole) / ending.scale
            for limit in ending.limits { settle(limit.bit, event: whole > limit.value, in: &record) }
        }
    }

    private mutating func settleEvents(
        _ watch: EvidenceWatch,
        _ source: MetricSource,
        in record: inout EvidenceRecord
    ) {
        for event in watch.events {
            if let happened = event.happened(source) { settle(event.bits, event: happened, in: &record) }
        }
    }

    private mutating func settle(_ bits: UInt64, event: Bool, in record: inout EvidenceRecord) {
        settled |= bits
        record.settled |= bits
        if event {
            events |= bits
            record.events |= bits
        }
    }

    /// The first limit that time has still to pass.
    private func nextDue(_ limits: EvidenceLimits) -> UInt64 {
        if left != nil { return .max }
        var least = UInt64.max
        if firstToken == nil {
            for limit in limits.firstToken where settled & limit.bit == 0 {
                least = limit.value
                break
            }
        }
        for limit in limits.latency where settled & limit.bit == 0 {
            least = min(least, limit.value)
            break
        }
        return least == .max ? .max : began &+ least
    }

    private static func milliseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1_000_000 }
}

extension Usage {
    /// Tokens in and out, held at the end of the range.
    fileprivate var allTokens: Int64 {
        let (sum, overflow) = Int64(clamping: input).addingReportingOverflow(Int64(clamping: output))
        return overflow ? .max : sum
    }
}
