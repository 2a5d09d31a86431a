// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Ten seconds of one version.
struct Slice: Sendable {
    /// Seconds.
    static let length: Int64 = 10

    /// Seconds since 1970 divided by ten.
    var number: Int64
    var requests: Int64 = 0
    var judged: Int64 = 0
    var errors: Int64 = 0
    var byClass: [ErrorClass: Int64] = [:]
    var latency = LatencyCounts()
    var firstToken = LatencyCounts()
    var inputTokens: Int64 = 0
    var outputTokens: Int64 = 0
    /// Output tokens whose generation time is known, and that time in nanoseconds.
    var timedTokens: Int64 = 0
    var generation: Int64 = 0
    /// Nano-dollars.
    var cost: Int64 = 0
    var pricedTokens: Int64 = 0
    var unpriced: Int64 = 0

    init(number: Int64) { self.number = number }

    /// Counts the first attempt of a request on its assigned version: one of some, which is not copied.
    mutating func judge(_ attempts: [Attempt], _ index: Int) {
        requests += 1
        let duration = attempts[index].duration
        if let errorClass = attempts[index].errorClass {
            byClass[errorClass, default: 0] += 1
            if errorClass.countsAgainstVersion {
                judged += 1
                errors += 1
            }
            // A timeout is a latency; other failures end early and would make a bad version look fast.
            if errorClass == .timeout { latency.record(nanoseconds: duration) }
        } else {
            judged += 1
            latency.record(nanoseconds: duration)
        }
        if let first = attempts[index].firstToken { firstToken.record(nanoseconds: first) }
    }

    /// Counts tokens and money of any attempt that was made for a caller: one of some, which is not copied.
    mutating func account(_ attempts: [Attempt], _ index: Int) {
        let paid = attempts[index].cost
        if paid == .unpriced { unpriced += 1 }
        guard let usage = attempts[index].usage else { return }
        let input = usage.input
        inputTokens = inputTokens.saturatingSum(input)
        outputTokens = outputTokens.saturatingSum(usage.output)
        let time = attempts[index].duration - (attempts[index].firstToken ?? 0)
        if usage.output > 0, time > 0, attempts[index].errorClass == nil {
            timedTokens = timedTokens.saturatingSum(usage.output)
            generation = generation.saturatingSum(time)
        }
        guard let amount = paid.known else { return }
        cost = cost.saturatingSum(amount.rawValue)
        pricedTokens = pricedTokens.saturatingSum(input.saturatingSum(usage.output))
    }

    mutating func add(_ other: Slice) {
        requests += other.requests
        judged += other.judged
        errors += other.errors
        byClass.merge(other.byClass, uniquingKeysWith: +)
        latency.add(other.latency)
        firstToken.add(other.firstToken)
        inputTokens = inputTokens.saturatingSum(other.inputTokens)
        outputTokens = outputTokens.saturatingSum(other.outputTokens)
        timedTokens = timedTokens.saturatingSum(other.timedTokens)
        generation = generation.saturatingSum(other.generation)
        cost = cost.saturatingSum(other.cost)
        pricedTokens = pricedTokens.saturatingSum(other.pricedTokens)
        unpriced += other.unpriced
    }
}
