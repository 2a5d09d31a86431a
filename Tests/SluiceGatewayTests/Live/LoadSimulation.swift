// SPDX-License-Identifier: Apache-2.0
import SluiceCore

@testable import SluiceGateway

/// Callers and a place that serves them, in simulated time: how many answers come, with a limit or without.
struct LoadSimulation {
    /// How a place behaves under load.
    enum Place {
        /// So many at a time at full speed; beyond that each slows all others down: the knee.
        case contention(knee: Int, exponent: Double)
        /// So many at a time, and a queue for the others, in order.
        case queue(slots: Int)
        /// As fast with many as with few.
        case distant
    }

    var place: Place
    /// Seconds from a request to its first token where nothing slows it down, and from there to its end.
    var firstToken = 0.3
    var rest = 0.7
    /// Seconds after which an answer that has not begun is of no use any more.
    var patience = 60.0
    /// Multiplies all times.
    var slowness = 1.0
    var limit: AdaptiveLimit?
    private(set) var answers = 0
    private(set) var refused = 0
    private(set) var changes: [AdaptiveLimit.Change] = []
    private(set) var inFlight = 0
    private(set) var now = 0.0

    private enum Event {
        case ask
        case firstToken(began: Double, service: Double)
        case end(began: Double, first: Double)
    }

    private var events: [(at: Double, event: Event)] = []
    private var waiting: [Double] = []
    private var chance = SplitMix64(seed: 7)
    /// Callers that ask again as soon as they are answered; fewer than there are means that some have to leave.
    private var callers = 0
    private var present = 0
    /// Requests a second of callers that do not wait for one another.
    private var rate = 0.0

    init(_ place: Place, isLimited: Bool) {
        self.place = place
        if isLimited { limit = AdaptiveLimit() }
    }

    /// Goes on for so many seconds with so many callers, each of whom asks again once answered.
    mutating func run(_ seconds: Double, callers: Int) {
        self.callers = callers
        rate = 0
        while present < callers {
            present += 1
            add(.ask, after: random(0...1))
        }
        advance(to: now + seconds)
    }

    /// Goes on for so many seconds with so many requests a second.
    mutating func run(_ seconds: Double, rate: Double) {
        let wasAsking = self.rate > 0
        callers = 0
        self.rate = rate
        if !wasAsking { add(.ask, after: 0) }
        advance(to: now + seconds)
    }

    /// Answers a second while this runs.
    mutating func goodput(_ run: (inout LoadSimulation) -> Void) -> Double {
        let (before, began) = (answers, now)
        run(&self)
        return Double(answers - before) / (now - began)
    }

    private mutating func advance(to end: Double) {
        while let next = events.last, next.at <= end {
            events.removeLast()
            now = next.at
            switch next.event {
            case .ask: ask()
            case .firstToken(let began, let service): noteFirstToken(began, service)
            case .end(let began, let first): finish(began, first)
            }
        }
        now = end
    }

    private mutating func ask() {
        if rate > 0 {
            add(.ask, after: -Double.logarithm(of: random(1e-9...1)) / rate)
        } else if present > callers {
            present -= 1
            return
        }
        let at = nanoseconds(now)
        guard limit?.enter(at: at) ?? true else {
            refused += 1
            if rate == 0 { add(.ask, after: random(1...3)) }
            return
        }
        inFlight += 1
        switch place {
        case .queue(let slots):
            if inFlight > slots { waiting.append(now) } else { serve(began: now) }
        case .contention, .distant: serve(began: now)
        }
    }

    private mutating func serve(began: Double) {
        var factor = slowness * random(0.6...1.4)
        if case .contention(let knee, let exponent) = place, inFlight > knee {
            factor *= Double.power(Double(inFlight) / Double(knee), exponent)
        }
        add(.firstToken(began: began, service: factor), after: firstToken * factor)
    }

    private mutating func noteFirstToken(_ began: Double, _ service: Double) {
        let (sent, at) = (nanoseconds(began), nanoseconds(now))
        if let change = limit?.note(began: sent, at: at) { changes.append(change) }
        add(.end(began: began, first: now), after: rest * service)
    }

    private mutating func finish(_ began: Double, _ first: Double) {
        inFlight -= 1
        limit?.leave()
        if first - began <= patience { answers += 1 }
        if !waiting.isEmpty { serve(began: waiting.removeFirst()) }
        if rate == 0 { add(.ask, after: 0) }
    }

    /// Keeps the events in order, the next one last.
    private mutating func add(_ event: Event, after delay: Double) {
        let at = now + delay
        var (low, high) = (0, events.count)
        while low < high {
            let middle = (low + high) / 2
            if events[middle].at > at { low = middle + 1 } else { high = middle }
        }
        events.insert((at, event), at: low)
    }

    private func nanoseconds(_ seconds: Double) -> UInt64 { UInt64(seconds * 1e9) + 1 }

    private mutating func random(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &chance) }
}

extension Double {
    /// The natural logarithm, by series: exact enough for times between requests.
    fileprivate static func logarithm(of value: Double) -> Double {
        let fraction = (value.significand - 1) / (value.significand + 1)
        let square = fraction * fraction
        let series = 2 * fraction * (1 + square / 3 + square * square / 5 + square * square * square / 7)
        return series + Double(value.exponent) * 0.693_147_180_559_945
    }

    /// For exponents in quarters.
    fileprivate static func power(_ base: Double, _ exponent: Double) -> Double {
        var result = 1.0
        for _ in 0..<Int(exponent * 4) { result *= base.squareRoot().squareRoot() }
        return result
    }
}
