// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceGateway

@Suite("Breakers")
struct BreakerTests {
    private static let second: UInt64 = 1_000_000_000

    @Test("five failures in a row open it for thirty seconds; then one probe decides")
    func inRow() {
        var breaker = Breaker()
        var window = AttemptWindow()
        let start = 100 * Self.second
        for number in 1...5 {
            window.add(at: start)
            let isOpened = breaker.countFailure(at: start, in: window)
            #expect(isOpened == (number == 5))
        }
        #expect(breaker.state(at: start + 29 * Self.second) == .open)
        let later = start + 30 * Self.second
        #expect(breaker.state(at: later) == .halfOpen)
        breaker.beginProbe(at: later)
        #expect(breaker.state(at: later) == .open)
        // The probe fails: twice as long.
        let isLonger = breaker.countFailure(at: later + 1, in: window)
        #expect(isLonger)
        #expect(breaker.state(at: later + 59 * Self.second) == .open)
        let again = later + 61 * Self.second
        breaker.beginProbe(at: again)
        breaker.countSuccess(began: again)
        #expect(breaker.state(at: again) == .closed)
    }

    @Test("half of twenty within ten seconds open it, and fewer do not")
    func share() {
        var breaker = Breaker()
        var window = AttemptWindow()
        var isOpen = false
        for number in 0..<40 {
            window.add(at: Self.second)
            if number % 2 == 0 {
                isOpen = breaker.countFailure(at: Self.second, in: window)
            } else {
                breaker.countSuccess(began: 1)
            }
            if isOpen {
                #expect(number >= 19)
                break
            }
        }
        #expect(isOpen)
        var calm = Breaker()
        window = AttemptWindow()
        for number in 0..<400 {
            let now = UInt64(number) * Self.second / 10
            window.add(at: now)
            if number % 3 == 0 {
                let isOpened = calm.countFailure(at: now, in: window)
                #expect(!isOpened)
            } else {
                calm.countSuccess(began: now)
            }
        }
    }

    @Test("failures that were under way when it opened do not lengthen it, nor do old successes close it")
    func late() {
        var breaker = Breaker()
        var window = AttemptWindow()
        for _ in 0..<5 {
            window.add(at: 50)
            _ = breaker.countFailure(at: 50, in: window)
        }
        let isLonger = breaker.countFailure(at: 60, in: window)
        #expect(!isLonger)
        breaker.countSuccess(began: 40)
        #expect(breaker.state(at: 70) == .open)
        breaker.countSuccess(began: 55)
        #expect(breaker.state(at: 70) == .closed)
    }

    @Test("kinds of failure have their own breakers; the caller's mistakes count nowhere; no money opens at once")
    func groups() {
        let board = TargetBoard(provider: Records.id("p"), model: "m")
        var health = TargetHealth(board)
        for errorClass in [ErrorClass.badRequest, .contentFilter, .callerGone, .refused] {
            for _ in 0..<50 {
                let group = health.countFailure(errorClass, at: 5)
                #expect(group == nil)
            }
        }
        for errorClass in [ErrorClass.reset, .timeout, .upstreamError, .reset, .timeout, .upstreamError] {
            let group = health.countFailure(errorClass, at: 5)
            #expect(group == nil)
        }
        #expect(!health.isHeldBack(at: 5) && board.openGroups.isEmpty)
        let opened = health.countFailure(.quota, isMoneyGone: true, at: 5)
        #expect(opened == .quota)
        #expect(health.isHeldBack(at: 6) && board.openGroups == [.quota])
        health.countSuccess(began: 6, time: 100, isStream: true, at: 7)
        #expect(!health.isHeldBack(at: 7) && board.openGroups.isEmpty)
        #expect(health.firstToken.value(at: 7) == 100 && health.wholeAnswer.value(at: 7) == 0)
    }

}
