// SPDX-License-Identifier: Apache-2.0
import SluiceJudge
import Testing

@Suite("Burst estimate")
struct BurstEstimateTests {
    /// A day at about one error in four seconds, and bursts of fifty errors a second.
    private func history(bursts: Int, of seconds: Int64, seed: UInt64) -> [Int64: Int64] {
        var random = chance(seed)
        var errors: [Int64: Int64] = [:]
        for second in Int64(0)..<86_400 where Int.random(in: 0..<4, using: &random) == 0 { errors[second] = 1 }
        for _ in 0..<bursts {
            let start = Int64.random(in: 0..<86_200, using: &random)
            for second in start..<(start + seconds) { errors[second, default: 0] += 50 }
        }
        return errors
    }

    @Test("errors without bursts give the shortest cluster")
    func independent() {
        for seed in 0..<4 {
            #expect(BurstEstimate.cluster(errors: history(bursts: 0, of: 0, seed: UInt64(seed)), over: 0..<86_400) == 4)
        }
    }

    @Test("the cluster is about as long as the bursts are", arguments: [Int64(5), 20, 60])
    func bursts(length: Int64) throws {
        for seed in 0..<4 {
            let errors = history(bursts: 6, of: length, seed: UInt64(seed))
            let cluster = try #require(BurstEstimate.cluster(errors: errors, over: 0..<86_400))
            #expect(Double(cluster) >= 0.9 * Double(length) && Double(cluster) <= 4 * Double(length))
        }
    }

    @Test("longer bursts than the longest cluster give the longest, and too little history gives none")
    func ends() {
        #expect(BurstEstimate.cluster(errors: history(bursts: 2, of: 190, seed: 1), over: 0..<86_400) == 120)
        #expect(BurstEstimate.cluster(errors: [5: 1000], over: 0..<60) == nil)
        #expect(BurstEstimate.cluster(errors: [5: 10], over: 0..<86_400) == nil)
        #expect(BurstEstimate.cluster(errors: [5: .max, 6: .max], over: Int64.min..<Int64.max) == nil)
    }
}
