// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
package import SluiceJudge

/// All that is known of a metric; nothing has a default, so that a new metric does not compile before it has everything.
///
/// More is always worse. Of what is better when it is more the inverse is judged: seconds per token, not tokens per second.
package struct MetricFacts: Sendable {
    /// How a request tells it.
    ///
    /// Closures read only what they are given: they run on the event loops, once a judged request.
    package enum Reading: Sendable {
        /// Something that happened or did not; `nil` of a request that says nothing of it.
        ///
        /// `verb` is what the requests did that have it, in texts.
        case event(verb: String, happened: @Sendable (MetricSource) -> Bool?)
        /// A value in whole numbers, `unit.scale` to the unit; asked for where a request was answered.
        ///
        /// `passes` is the time that passes its limits while a request is open; absent where the value is known at the end.
        case value(Unit, passes: Clock?, whole: @Sendable (MetricSource) -> UInt64?)
    }

    /// What a value is in.
    package enum Unit: String, Sendable, CaseIterable {
        /// Read in nanoseconds.
        case milliseconds = "ms"
        /// Read and judged in nano-dollars, shown in dollars.
        case nanoDollars = "usd"
        case tokens

        /// Whole numbers to one of the unit.
        package var scale: Double {
            switch self {
            case .milliseconds: 1_000_000
            case .nanoDollars, .tokens: 1
            }
        }

        /// What people are shown of one of the unit.
        package var shown: Double {
            switch self {
            case .milliseconds, .tokens: 1
            case .nanoDollars: 1e-9
            }
        }
    }

    /// A time that goes on while a request is open.
    package enum Clock: Sendable {
        /// To the first content.
        case firstToken
        /// To the end of the answer.
        case end
    }

    /// What is kept of it for the last hour, which plans are compared with.
    package enum LastHour: Sendable {
        case errors
        case refusals(ErrorClass)
        case times(Clock)
        case cost
        case notKept
    }

    /// When a rollout is judged by it.
    package enum Standing: Sendable {
        /// Where a plan names no metrics, with its part of alpha; the version's thresholds may change limits.
        case standard(
            weight: Double,
            tolerance: @Sendable (Thresholds) -> Double,
            ceiling: @Sendable (Thresholds) -> MetricRule.Ceiling?
        )
        /// Where a plan asks for it.
        case asked
        /// In any plan; it only holds unless the plan says more.
        case always
        /// Where a plan asks for quality: with a part of alpha it rolls back, without one it holds.
        case quality(weight: Double?)
    }

    /// In a sentence: `the error rate`.
    package var name: String
    /// In a table: `errors`.
    package var label: String
    /// For the documentation: what is counted or measured.
    package var about: String
    /// What may be the matter where it is known of no request; empty where there is nothing to say.
    package var unknownWhere: String
    package var reading: Reading
    package var lastHour: LastHour
    package var standing: Standing
}

extension MetricFacts.Reading {
    /// A mark of answered requests.
    static func mark(_ mark: AnswerMarks, verb: String) -> MetricFacts.Reading {
        .event(verb: verb) { $0.errorClass == nil ? $0.marks?.contains(mark) : nil }
    }
}

extension MetricFacts {
    package var isEvent: Bool { unit == nil }

    /// Absent for events.
    package var unit: Unit? { if case .value(let unit, _, _) = reading { unit } else { nil } }

    /// The time that passes its limits.
    package var clock: Clock? { if case .value(_, let clock, _) = reading { clock } else { nil } }

    /// Whether a request has the event; `nil` where it says nothing of it.
    package func happened(_ source: MetricSource) -> Bool? {
        if case .event(_, let happened) = reading { happened(source) } else { nil }
    }

    /// The value of an answered request in the metric's unit.
    package func value(_ source: MetricSource) -> Double? {
        guard case .value(let unit, _, let whole) = reading, source.errorClass == nil else { return nil }
        return whole(source).map { Double($0) / unit.scale }
    }

    /// Whether it tells in the last minutes how a version does, whoever is judged.
    package var isSeenAnyway: Bool {
        switch lastHour {
        case .errors, .times: true
        case .refusals, .cost, .notKept: false
        }
    }

    /// Whether the provider's refusals are counted, which nobody wants to read of where there are none.
    package var isRefusal: Bool { if case .always = standing { true } else { false } }

    /// Nothing that is to roll back unless a plan says so.
    package var onlyHolds: Bool {
        switch standing {
        case .always, .quality(weight: nil): true
        case .standard, .asked, .quality: false
        }
    }

    /// It is read from what answers show of their quality.
    package var isOfAnswers: Bool { if case .quality = standing { isEvent } else { false } }

    static func whole(_ value: Int64?) -> UInt64? { value.map { UInt64(clamping: $0) } }
}

/// What metrics are read from: the attempt that stands for a request, in plain numbers.
package struct MetricSource: Sendable {
    package var errorClass: ErrorClass?
    /// Nanoseconds.
    package var duration: Int64
    /// Nanoseconds.
    package var firstToken: Int64?
    package var usage: Usage?
    package var cost: NanoUSD?
    /// What the answer showed of its quality; absent where that is not known.
    package var marks: AnswerMarks?

    package init(
        errorClass: ErrorClass?,
        duration: Int64,
        firstToken: Int64?,
        usage: Usage? = nil,
        cost: NanoUSD? = nil
    ) {
        self.errorClass = errorClass
        self.duration = duration
        self.firstToken = firstToken
        self.usage = usage
        self.cost = cost
    }

    package init(_ attempt: Attempt) { self.init(attempt, firstToken: attempt.firstToken) }

    package init(_ attempt: Attempt, firstToken: Int64?, marks: AnswerMarks? = nil) {
        self.init(
            errorClass: attempt.errorClass,
            duration: attempt.duration,
            firstToken: firstToken,
            usage: attempt.usage,
            cost: attempt.cost.known
        )
        self.marks = marks
    }
}
