// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

@testable import SluiceGateway

@Suite("Where a request goes next")
struct AttemptPlanTests {
    /// A failed attempt as the tests think of it.
    private struct Fault {
        var errorClass: ErrorClass
        var isRetryable: Bool
        var isStale = false
        var isQuotaExhausted = false
        var isContextLength = false
        var retryAfter: Duration?

        var attempt: FailedAttempt {
            var fault = AnswerFault(
                errorClass: errorClass,
                isQuotaExhausted: isQuotaExhausted,
                isRetryable: isRetryable
            )
            fault.isContextLength = isContextLength
            return FailedAttempt(isStale ? .stale : .answer(fault), of: Records.id("main"), retryAfter: retryAfter)
        }
    }

    private static func plan(
        _ targets: [AttemptPlan.Target],
        maxRepeats: Int = 2,
        first: RetryFirst = RetryFirst()
    ) -> AttemptPlan {
        AttemptPlan(targets: targets, maxRepeats: maxRepeats, first: first)
    }

    /// Fails at a place and asks what comes next.
    private static func fail(
        _ plan: inout AttemptPlan,
        _ fault: Fault,
        at index: Int,
        heldBack: Set<Int> = []
    ) -> AttemptPlan.Step {
        let failed = fault.attempt
        plan.note(failed, at: index)
        return plan.next(after: failed, at: index) { heldBack.contains($0) }
    }

    private static func expect(
        _ expected: AttemptPlan.Step,
        _ step: AttemptPlan.Step,
        at place: SourceLocation = #_sourceLocation
    ) {
        #expect(step == expected, sourceLocation: place)
    }

    @Test("what the caller is to blame for goes nowhere else", arguments: ErrorClass.allCases)
    func classes(errorClass: ErrorClass) {
        var plan = Self.plan([.init(credential: 0), .init(credential: 1)])
        let step = Self.fail(&plan, Fault(errorClass: errorClass, isRetryable: true), at: 0)
        switch errorClass {
        case .badRequest, .contentFilter, .callerGone, .relayStopped, .refused, .superseded: #expect(step == .stop)
        default: #expect(step == .move(1))
        }
    }

    @Test("untried places come first and at once, then those that were tried, as often as the policy says")
    func rounds() {
        var plan = Self.plan([.init(credential: 0), .init(credential: 1), .init(credential: 2)])
        let fault = Fault(errorClass: .upstreamError, isRetryable: true)
        Self.expect(.move(1), Self.fail(&plan, fault, at: 0))
        Self.expect(.move(2), Self.fail(&plan, fault, at: 1))
        Self.expect(.repeated(0, count: 0, after: nil), Self.fail(&plan, fault, at: 2))
        Self.expect(.repeated(1, count: 1, after: nil), Self.fail(&plan, fault, at: 0))
        Self.expect(.stop, Self.fail(&plan, fault, at: 1))
    }

    @Test("one that stayed silent is not asked again while another is left, and is where none is")
    func silence() {
        var plan = Self.plan([.init(credential: 0), .init(credential: 1)])
        let silence = Fault(errorClass: .timeout, isRetryable: true)
        Self.expect(.move(1), Self.fail(&plan, silence, at: 0))
        Self.expect(
            .repeated(1, count: 0, after: nil),
            Self.fail(&plan, Fault(errorClass: .upstreamError, isRetryable: true), at: 1)
        )
        var alone = Self.plan([.init()])
        Self.expect(.repeated(0, count: 0, after: nil), Self.fail(&alone, silence, at: 0))
    }

    @Test("a credential that was refused, or has no money, rules out all places that use it")
    func credentials() {
        for fault in [
            Fault(errorClass: .credential, isRetryable: false),
            Fault(errorClass: .quota, isRetryable: false, isQuotaExhausted: true),
        ] {
            var plan = Self.plan([.init(credential: 7), .init(credential: 7), .init(credential: 8)])
            Self.expect(.move(2), Self.fail(&plan, fault, at: 0))
            Self.expect(
                .repeated(2, count: 0, after: nil),
                Self.fail(&plan, Fault(errorClass: .reset, isRetryable: true), at: 2)
            )
            var alone = Self.plan([.init(credential: 7)])
            Self.expect(.stop, Self.fail(&alone, fault, at: 0))
        }
    }

    @Test("a wrong certificate is not tried again")
    func certificates() {
        var plan = Self.plan([.init(), .init(credential: 1)])
        Self.expect(.move(1), Self.fail(&plan, Fault(errorClass: .tls, isRetryable: false), at: 0))
        Self.expect(.stop, Self.fail(&plan, Fault(errorClass: .tls, isRetryable: false), at: 1))
    }

    @Test("a request that is too long goes to the place named for it, once, and nothing else does")
    func contextLength() {
        let tooLong = Fault(errorClass: .badRequest, isRetryable: false, isContextLength: true)
        var plan = Self.plan([.init(), .init(credential: 1), .init(credential: 2, isForContext: true)])
        Self.expect(.move(2), Self.fail(&plan, tooLong, at: 0))
        Self.expect(.stop, Self.fail(&plan, tooLong, at: 2))
        var other = Self.plan([.init(), .init(credential: 2, isForContext: true)])
        Self.expect(
            .repeated(0, count: 0, after: nil),
            Self.fail(&other, Fault(errorClass: .upstreamError, isRetryable: true), at: 0)
        )
    }

    @Test("a place behind an open breaker is not moved to, and the last one is still asked again")
    func breakers() {
        let fault = Fault(errorClass: .upstreamError, isRetryable: true)
        var plan = Self.plan([.init(), .init(credential: 1)])
        Self.expect(.repeated(0, count: 0, after: nil), Self.fail(&plan, fault, at: 0, heldBack: [1]))
        var alone = Self.plan([.init()])
        Self.expect(.repeated(0, count: 0, after: nil), Self.fail(&alone, fault, at: 0, heldBack: [0]))
    }

    @Test("a provider that asks for a pause gets it; for more than a minute it is not waited for")
    func pauses() {
        var plan = Self.plan([.init()])
        let soon = Fault(errorClass: .quota, isRetryable: true, retryAfter: .seconds(60))
        Self.expect(.repeated(0, count: 0, after: .seconds(60)), Self.fail(&plan, soon, at: 0))
        let late = Fault(errorClass: .quota, isRetryable: true, retryAfter: .seconds(61))
        Self.expect(.stop, Self.fail(&plan, late, at: 0))
    }

    @Test("where the policy says so, a short wait and a lone server error are tried again at the same place first")
    func retryFirst() {
        let first = RetryFirst(waitUpTo: .seconds(2), serverErrors: 1)
        let error = Fault(errorClass: .upstreamError, isRetryable: true)
        var plan = Self.plan([.init(), .init(credential: 1)], first: first)
        Self.expect(.stay(0, count: 0, after: nil), Self.fail(&plan, error, at: 0))
        Self.expect(.move(1), Self.fail(&plan, error, at: 0))
        // It counts as a retry: only one is left.
        Self.expect(.repeated(1, count: 1, after: nil), Self.fail(&plan, error, at: 1))
        Self.expect(.stop, Self.fail(&plan, error, at: 1))
        for (fault, stays) in [
            (Fault(errorClass: .quota, isRetryable: true, retryAfter: .seconds(2)), true),
            (Fault(errorClass: .quota, isRetryable: true, retryAfter: .milliseconds(2_001)), false),
            (Fault(errorClass: .quota, isRetryable: true), false),
            (Fault(errorClass: .quota, isRetryable: false, isQuotaExhausted: true, retryAfter: .seconds(1)), false),
            (Fault(errorClass: .upstreamError, isRetryable: false), false),
            (Fault(errorClass: .timeout, isRetryable: true), false),
        ] {
            var plan = Self.plan([.init(), .init(credential: 1)], first: first)
            Self.expect(
                stays ? .stay(0, count: 0, after: fault.retryAfter) : .move(1),
                Self.fail(&plan, fault, at: 0)
            )
            var none = Self.plan([.init(), .init(credential: 1)], maxRepeats: 0, first: first)
            Self.expect(.move(1), Self.fail(&none, fault, at: 0))
            var held = Self.plan([.init(), .init(credential: 1)], first: first)
            Self.expect(.move(1), Self.fail(&held, fault, at: 0, heldBack: [0]))
        }
        var spent = Self.plan([.init(), .init(credential: 1)], maxRepeats: 1, first: first)
        Self.expect(.stay(0, count: 0, after: nil), Self.fail(&spent, error, at: 0))
        spent.leave(0)
        #expect(spent.next(after: error.attempt, at: 0) { _ in false } == .move(1))
        // It cost no try: one retry is left.
        Self.expect(.repeated(0, count: 0, after: nil), Self.fail(&spent, error, at: 1))
    }

    @Test("what was lost on a kept connection is asked for once more at the same place, if retries are allowed")
    func stale() {
        let stale = Fault(errorClass: .reset, isRetryable: true, isStale: true)
        var plan = Self.plan([.init(), .init(credential: 1)])
        Self.expect(.stay(0, count: 0, after: nil), Self.fail(&plan, stale, at: 0))
        Self.expect(.move(1), Self.fail(&plan, stale, at: 0))
        var none = Self.plan([.init()], maxRepeats: 0)
        Self.expect(.stop, Self.fail(&none, stale, at: 0))
        var alone = Self.plan([.init()])
        Self.expect(.repeated(0, count: 0, after: nil), Self.fail(&alone, stale, at: 0))
    }

    @Test("every walk ends, tries each place at most once without a pause, and repeats no more than allowed")
    func walks() {
        var random = SplitMix64(seed: 3)
        let classes = ErrorClass.allCases
        for _ in 0..<2_000 {
            let count = Int.random(in: 1...5, using: &random)
            let repeats = Int.random(in: 0...4, using: &random)
            var plan = Self.plan(
                (0..<count).map {
                    .init(credential: $0 / 2, isForContext: $0 > 0 && Int.random(in: 0..<4, using: &random) == 0)
                },
                maxRepeats: repeats,
                first: RetryFirst(serverErrors: Int.random(in: 0...2, using: &random))
            )
            var index = 0
            var moved: Set<Int> = [0]
            var paused = 0
            var steps = 0
            walk: while true {
                steps += 1
                let fault = Fault(
                    errorClass: classes[Int.random(in: 0..<classes.count, using: &random)],
                    isRetryable: Bool.random(using: &random),
                    isStale: Bool.random(using: &random),
                    isContextLength: Bool.random(using: &random)
                )
                switch Self.fail(&plan, fault, at: index) {
                case .stop: break walk
                case .move(let next):
                    #expect(moved.insert(next).inserted)
                    index = next
                case .stay(let next, _, _):
                    #expect(next == index)
                    paused += 1
                case .repeated(let next, _, _):
                    paused += 1
                    #expect(moved.contains(next))
                    index = next
                }
            }
            #expect(paused <= repeats && steps <= count + repeats + 1)
        }
    }

    @Test("no attempt starts past the deadline or in the last tenth of the time allowed")
    func time() {
        #expect(TimeLimit.hasTime(at: 89, until: 100, of: 100))
        #expect(!TimeLimit.hasTime(at: 90, until: 100, of: 100))
        #expect(!TimeLimit.hasTime(at: 100, until: 100, of: 100))
        #expect(!TimeLimit.hasTime(at: 200, until: 100, of: 100))
    }
}

@Suite("Which of several places is asked first")
struct TargetChoiceTests {
    @Test("by weight in proportion; a weight of 0 is not drawn")
    func weighted() {
        var random = SplitMix64(seed: 5)
        var counts = [0, 0, 0]
        for _ in 0..<10_000 { counts[TargetChoice.weighted([3, 1, 0], using: &random)] += 1 }
        #expect((7_200...7_800).contains(counts[0]) && counts[2] == 0)
        #expect(TargetChoice.weighted([0, 0], using: &random) == 0)
    }

    @Test("the faster of two, and the slowest of three never; an unknown one counts as fastest")
    func fastest() {
        var random = SplitMix64(seed: 5)
        var counts = [0, 0, 0]
        for _ in 0..<3_000 { counts[TargetChoice.fastest([300, 100, 200], using: &random)] += 1 }
        #expect(counts[0] == 0 && counts[1] > counts[2] && counts[2] > 500)
        #expect((0..<50).allSatisfy { _ in TargetChoice.fastest([9, 0], using: &random) == 1 })
        #expect(TargetChoice.fastest([9], using: &random) == 0)
    }

    @Test("what was slow is forgotten by half in ten seconds")
    func decay() {
        var mean = DecayedMean()
        #expect(mean.value(at: 5) == 0)
        mean.add(1_000, at: 0)
        #expect(mean.value(at: 0) == 1_000)
        #expect((490...510).contains(mean.value(at: 10_000_000_000)))
        #expect(mean.value(at: .max) < 1)
        mean.add(2_000, at: 1)
        #expect(mean.value(at: 1) == 1_300)
    }
}
