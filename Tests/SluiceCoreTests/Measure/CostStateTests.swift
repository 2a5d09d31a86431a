// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("How sure a cost is")
struct CostStateTests {
    private func attempt(_ cost: Cost, _ usage: Usage? = Usage(output: 1), _ errorClass: ErrorClass? = nil) throws
        -> Attempt
    {
        var attempt = Attempt(
            number: 1,
            purpose: .primary,
            provider: try #require(ProviderID("p")),
            model: "m",
            version: try #require(VersionID("v")),
            startedAfter: 0
        )
        attempt.cost = cost
        attempt.usage = usage
        attempt.errorClass = errorClass
        return attempt
    }

    @Test("an amount is as sure as the usage it was made of")
    func ofAttempt() throws {
        let amount = Cost.known(NanoUSD(7))
        #expect(try attempt(amount).costState == .known)
        #expect(try attempt(amount, Usage(isEstimated: true)).costState == .estimated)
        #expect(try attempt(amount, Usage(isInconsistent: true)).costState == .inconsistent)
        #expect(try attempt(amount, Usage(isInconsistent: true, isEstimated: true)).costState == .inconsistent)
        #expect(try attempt(.unpriced, Usage(isEstimated: true)).costState == .unpriced)
        #expect(try attempt(.unknown, nil).costState == .unknown)
    }

    @Test("a request is as sure as its least sure attempt, and costs what there are amounts of")
    func ofRequest() throws {
        let known = try attempt(.known(NanoUSD(5)))
        let estimated = try attempt(.known(NanoUSD(7)), Usage(isEstimated: true), .truncated)
        let unpriced = try attempt(.unpriced)
        let lost = try attempt(.unknown, nil)
        #expect(CostSum(of: []) == nil)
        #expect(CostSum(of: [known, known]) == CostSum(state: .known, amount: NanoUSD(10)))
        #expect(CostSum(of: [estimated, known]) == CostSum(state: .estimated, amount: NanoUSD(12)))
        #expect(CostSum(of: [unpriced, known]) == CostSum(state: .unpriced, amount: NanoUSD(5)))
        #expect(CostSum(of: [lost, unpriced, known]) == CostSum(state: .unknown, amount: NanoUSD(5)))
        #expect(CostSum(of: [unpriced]) == CostSum(state: .unpriced, amount: nil))
        let most = try attempt(.known(NanoUSD(.max)))
        #expect(CostSum(of: [most, known]) == CostSum(state: .unknown, amount: nil))
    }

    @Test("an attempt that failed before anything was counted says nothing beside one that was counted")
    func failed() throws {
        let known = try attempt(.known(NanoUSD(5)))
        let failed = try attempt(.unknown, nil, .upstreamError)
        #expect(CostSum(of: [failed, known]) == CostSum(state: .known, amount: NanoUSD(5)))
        #expect(CostSum(of: [known, failed]) == CostSum(state: .known, amount: NanoUSD(5)))
        #expect(CostSum(of: [failed]) == CostSum(state: .unknown, amount: nil))
        // One that was called off, because another was faster, may have cost as much.
        let calledOff = try attempt(.unknown, nil, .superseded)
        #expect(CostSum(of: [calledOff, known]) == CostSum(state: .unknown, amount: NanoUSD(5)))
    }
}
