// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceJudge
import Testing

@Suite("Blocks")
struct BlockTests {
    private static let block = Block(
        start: 1_700_000_000,
        seconds: 2,
        stratum: "stream",
        epoch: 7,
        entries: [
            Block.Entry(.event(.error), table(0, 1, of: 3, 52)),
            Block.Entry(.above(.q99, of: .ttft), table(1, 0, of: 3, 52)),
        ],
        assigned: AssignedUnits(canary: 2, baseline: 41, share: 0.05),
        spending: Spending(canaryNanoUSD: 90, canaryTokens: 4, baselineNanoUSD: 1800, baselineTokens: 80)
    )

    @Test("a block's line is stable")
    func line() {
        #expect(
            Self.block.line
                == "B1 1700000000 2 7 stream error=3,0,52,1 ttft/q0.99=3,1,52,0 units=2,41,0.05 spent=90,4,1800,80"
        )
    }

    @Test("a block comes back from its line and from JSON as it was")
    func roundTrip() throws {
        #expect(Block(line: Self.block.line) == Self.block)
        let coded = try JSONEncoder().encode(Self.block)
        #expect(try JSONDecoder().decode(Block.self, from: coded) == Self.block)
    }

    @Test(
        "a line that is no block is refused",
        arguments: [
            "", "B1", "B2 1 1 1 -", "B1 1 0 1 -", "B1 1 65537 1 -", "B1 x 1 1 -", "B1 1 1 1 - error=1,2,0,0",
            "B1 1 1 1 - error=-1,0,0,0", "B1 1 1 1 - error=1,0,0", "B1 1 1 1 - error", "B1 1 1 1 - err or=1,0,0,0",
            "B1 1 1 1 - error=1,0,9223372036854775807,0", "B1 1 1 1 - units=1,2,1.5", "B1 1 1 1 - units=1,2",
            "B1 1 1 1 - units=1,2,nan", "B1 1 1 1 - spent=1,2,3",
        ]
    )
    func refused(line: String) { #expect(Block(line: line) == nil) }

    @Test("cut and changed lines never trap")
    func fuzz() {
        var random = chance(11)
        let bytes = Array(Self.block.line.utf8)
        for _ in 0..<3000 {
            var changed = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            for _ in 0..<3 where !changed.isEmpty {
                changed[Int.random(in: 0..<changed.count, using: &random)] = UInt8.random(in: 0...127, using: &random)
            }
            if let block = Block(line: String(decoding: changed, as: UTF8.self)) { #expect(block.seconds >= 1) }
        }
    }

    @Test("an impossible table is refused in JSON")
    func impossible() {
        for text in ["[1,2,3,3]", "[-1,0,0,0]", "[1,0]", "[1099511627777,0,0,0]"] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(Counts.self, from: Data(text.utf8))
            }
        }
    }

    @Test("a block is expected to hold two requests for each share, at most a day long")
    func lengths() {
        #expect(BlockLength.seconds(requestsPerSecond: 27.8, share: 0.05) == 2)
        #expect(BlockLength.seconds(requestsPerSecond: 40, share: 0.05) == 1)
        #expect(BlockLength.seconds(requestsPerSecond: 10_000 / 86_400, share: 0.05) == 512)
        #expect(BlockLength.seconds(requestsPerSecond: 27.8, share: 0.95) == 2)
        #expect(BlockLength.seconds(requestsPerSecond: 0, share: 0.05) == 512)
        #expect(BlockLength.seconds(requestsPerSecond: .nan, share: .nan) == 512)
        #expect(BlockLength.seconds(requestsPerSecond: 1e9, share: 0) == 512)
        #expect(BlockLength.start(holding: 1_700_000_003, seconds: 4) == 1_700_000_000)
        #expect(BlockLength.start(holding: -3, seconds: 4) == -4)
        #expect(BlockLength.start(holding: .min, seconds: 512) == .min)
        #expect(BlockLength.seconds(requestsPerSecond: 50 / 86_400, share: 0.05) == 32_768)
        #expect(BlockLength.seconds(requestsPerSecond: 1e-9, share: 0.05) == 65_536)
    }
}
