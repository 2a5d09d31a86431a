// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceGateway

@Suite("Breakers")
struct BreakerTests {
    private static let second: UInt64 = 1_000_000_000

    @Test("five failures in a row open it; after four seconds, then every eight, one probe decides")
    func inRow() {
        var breaker = Breaker()
        let start = 100 * Self.second
        for number in 1...5 {
            let isOpened = breaker.countFailure(at: start, of: UInt64(number))
            #expect(isOpened == (number == 5))
        }
        #expect(breaker.state(at: start + 4 * Self.second - 1) == .open)
        var now = start + 4 * Self.second
        for _ in 0..<20 {
            #expect(breaker.state(at: now) == .halfOpen)
            breaker.beginProbe(at: now)
            #expect(breaker.state(at: now) == .open)
            // The probe fails: no longer than before, and no news.
            let isOpened = breaker.countFailure(at: now + 1, of: 1)
            #expect(!isOpened && breaker.state(at: now + 8 * Self.second) == .open)
            now += 8 * Self.second + 1
        }
        breaker.beginProbe(at: now)
        // A probe without an end does not hold up the next.
        #expect(breaker.state(at: now + 8 * Self.second) == .halfOpen)
        breaker.countSuccess(began: now)
        #expect(breaker.state(at: now) == .closed)
    }

    @Test("half of twenty within ten seconds open it, and fewer do not")
    func share() {
        var breaker = Breaker()
        var isOpen = false
        for number in 0..<40 {
            if number % 2 == 0 {
                isOpen = breaker.countFailure(at: Self.second, of: UInt64(number + 1))
            } else {
                breaker.countSuccess(began: 1)
            }
            if isOpen {
                #expect(number >= 19)
                break
            }
        }
        #expect(isOpen)
        let calm = TargetBreakers(provider: Records.id("p"), model: "m", loops: 1)
        for number in 0..<400 {
            let now = UInt64(number) * Self.second / 10
            if number % 3 == 0 {
                #expect(!calm.countFailure(.error, isQuotaExhausted: false, at: now, loop: 0))
            } else {
                #expect(!calm.countSuccess(began: now, at: now, loop: 0))
            }
        }
        // The same share of failures, of more than twenty, with two loops that count for each other.
        let busy = TargetBreakers(provider: Records.id("p"), model: "m", loops: 2)
        var opened = 0
        for number in 0..<40 {
            let now = Self.second + UInt64(number)
            if number % 2 == 0 {
                opened += busy.countFailure(.error, isQuotaExhausted: false, at: now, loop: number / 2 % 2) ? 1 : 0
            } else if opened == 0 {
                _ = busy.countSuccess(began: now, at: now, loop: number / 2 % 2)
            }
        }
        #expect(opened == 1)
    }

    @Test("failures that were under way when it opened do not lengthen it, nor do old successes close it")
    func late() {
        var breaker = Breaker()
        for _ in 0..<5 { _ = breaker.countFailure(at: 50, of: 5) }
        let until = breaker.openUntil
        let isLonger = breaker.countFailure(at: 60, of: 6)
        #expect(!isLonger && breaker.openUntil == until)
        breaker.countSuccess(began: 40)
        #expect(breaker.state(at: 70) == .open)
        breaker.countSuccess(began: 55)
        #expect(breaker.state(at: 70) == .closed)
    }

    @Test("kinds of failure have their own breakers; the caller's mistakes count nowhere; no money opens at once")
    func groups() {
        for errorClass in [ErrorClass.badRequest, .contentFilter, .callerGone, .relayStopped, .refused] {
            #expect(FaultGroup(errorClass) == nil)
        }
        let board = TargetBreakers(provider: Records.id("p"), model: "m", loops: 1)
        for group in [FaultGroup.reach, .slow, .error, .reach, .slow, .error] {
            #expect(!board.countFailure(group, isQuotaExhausted: false, at: 5, loop: 0))
        }
        #expect(!board.isHeldBack(at: 5) && board.openGroups.isEmpty)
        #expect(board.countFailure(.quota, isQuotaExhausted: true, at: 5, loop: 0))
        #expect(board.isHeldBack(at: 6) && board.openGroups == [.quota])
        #expect(board.countSuccess(began: 6, at: 7, loop: 0))
        #expect(!board.isHeldBack(at: 7) && board.openGroups.isEmpty)
        var health = TargetHealth(board)
        health.add(time: 100, isStream: true, at: 7)
        #expect(health.firstToken.value(at: 7) == 100 && health.wholeAnswer.value(at: 7) == 0)
    }

    @Test("what one event loop learns of a place holds on all of them")
    func shared() {
        let board = TargetBreakers(provider: Records.id("p"), model: "m", loops: 4)
        for loop in 0..<5 {
            #expect(!board.isHeldBack(at: Self.second))
            #expect(board.countFailure(.reach, isQuotaExhausted: false, at: Self.second, loop: loop % 4) == (loop == 4))
        }
        #expect(board.isHeldBack(at: Self.second) && board.openGroups == [.reach])
        // Only the first that comes is the probe.
        let later = 6 * Self.second
        #expect(!board.isHeldBack(at: later))
        board.begin(at: later)
        #expect(board.isHeldBack(at: later))
        #expect(board.countSuccess(began: later, at: later + 1, loop: 3))
        #expect(!board.isHeldBack(at: later + 1))
    }

    @Test("a place that is well again is in use within ten seconds, however long it was out", arguments: 0..<20)
    func recovery(tenths: UInt64) {
        let board = TargetBreakers(provider: Records.id("p"), model: "m", loops: 2)
        let wellAt = 60 * Self.second + tenths * Self.second * 9 / 20
        var backAt: UInt64?
        // Ten requests a second, on one loop and the other; a failure takes a fifth of a second.
        for number in 0..<1_200 {
            let now = UInt64(number) * Self.second / 10 + 1
            guard !board.isHeldBack(at: now) else { continue }
            board.begin(at: now)
            let loop = number % 2
            if now < wellAt {
                _ = board.countFailure(.error, isQuotaExhausted: false, at: now + Self.second / 5, loop: loop)
            } else {
                _ = board.countSuccess(began: now, at: now + Self.second / 5, loop: loop)
                backAt = backAt ?? now
                #expect(board.openGroups.isEmpty)
            }
        }
        #expect((backAt ?? .max) - wellAt < 10 * Self.second)
    }

    @Test("twenty races lost in a row hold a place back as slow, one won in between does not")
    func losses() {
        let board = TargetBreakers(provider: Records.id("p"), model: "m", loops: 1)
        for _ in 0..<19 { #expect(!board.countLoss(at: 5)) }
        _ = board.countSuccess(began: 6, at: 6, loop: 0)
        for _ in 0..<19 { #expect(!board.countLoss(at: 7)) }
        #expect(board.countLoss(at: 8) && board.openGroups == [.slow] && board.isHeldBack(at: 9))
    }
}
