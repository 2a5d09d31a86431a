// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease
import Testing

@Suite("The choice among versions")
struct ChoiceRuleTests {
    /// Dollars for a million tokens and quality, as in the four models of the documentation.
    private static let four = rule([(8_000, 0.96), (15_000, 0.98), (2_500, 0.89), (420, 0.85)])

    /// - Parameter thousandths: of a dollar for a million tokens.
    private static func rule(_ models: [(thousandths: Int64?, quality: Double?)]) -> ChoiceRule {
        ChoiceRule(
            models.enumerated().map { place, model in
                ChoiceRule.Candidate(
                    version: id(place),
                    price: model.thousandths.map { NanoUSD($0 * 1_000_000) },
                    quality: model.quality
                )
            }
        )
    }

    private static func id(_ place: Int) -> VersionID {
        guard let id = VersionID("v\(place)") else { preconditionFailure("an id of a letter and digits") }
        return id
    }

    @Test(
        "each tier, cap and budget picks what the rule says",
        arguments: [
            (RequestTier.premium, nil, [], 1, .score),
            (.balanced, nil, [], 3, .score),
            (.economy, nil, [], 3, .score),
            // The cap leaves those at 2.5 and 0.42.
            (.balanced, 3_000_000, [], 3, .score),
            (.premium, 3_000_000, [], 3, .cheapest),
            // 8 dollars for a million are 0.008 for a thousand: a cap of that much lets it pass.
            (.premium, 8_000_000, [], 0, .score),
            (.premium, 7_999_999, [], 3, .cheapest),
            (.premium, nil, [0], 1, .score),
            (.economy, nil, [3], 2, .score),
            (.balanced, nil, [0, 1, 2, 3], 3, .cheapest),
        ] as [(RequestTier, Int64?, [Int], Int, VersionChoice.Reason)]
    )
    func table(tier: RequestTier, cap: Int64?, slow: [Int], place: Int, reason: VersionChoice.Reason) throws {
        let wish = VersionChoice.Wish(tier: tier, maxCostPer1k: cap.map { NanoUSD($0) })
        var standings = VersionChoice.Standings()
        for place in slow { standings.slow.set(bit: place) }
        let choice = try #require(ChoiceRuleTests.four.choose(wish, standings))
        #expect(choice.place == place)
        #expect(choice.reason == reason)
    }

    @Test("where none passes, the cheapest that is capable and healthy is taken, then the cheapest that is capable")
    func cheapest() throws {
        let wish = VersionChoice.Wish(tier: .premium, maxCostPer1k: NanoUSD(1))
        let rule = ChoiceRuleTests.four
        #expect(rule.choose(wish, .init(lacking: 0b1000))?.place == 2)
        #expect(rule.choose(wish, .init(lacking: 0b1000, heldBack: 0b0100))?.place == 0)
        #expect(rule.choose(wish, .init(lacking: 0b1000, heldBack: 0b1111))?.place == 2)
        #expect(rule.choose(wish, .init(lacking: 0b1111))?.place == 3)
        #expect(ChoiceRule([]).choose(wish, .init()) == nil)
    }

    @Test("what is not known is neither cheap nor good")
    func unknown() throws {
        let rule = ChoiceRuleTests.rule([(nil, 0.99), (1_000, nil), (9_000, 0.96)])
        #expect(rule.choose(.init(tier: .premium), .init())?.place == 0)
        #expect(rule.choose(.init(tier: .premium, maxCostPer1k: NanoUSD(1_000_000_000)), .init())?.place == 2)
        #expect(rule.choose(.init(tier: .economy, maxCostPer1k: NanoUSD(1)), .init())?.place == 1)
        #expect(rule.obstacle(0, .init(tier: .premium, maxCostPer1k: NanoUSD(1)), .init()) == .unpriced)
        #expect(rule.obstacle(1, .init(tier: .economy), .init()) == .unrated)
        #expect(rule.obstacle(1, .init(tier: .balanced), .init()) == nil)
    }

    @Test("obstacles are named in the order in which they are looked at")
    func obstacles() {
        let rule = ChoiceRuleTests.four
        let wish = VersionChoice.Wish(tier: .premium, maxCostPer1k: NanoUSD(1))
        #expect(rule.obstacle(2, wish, .init(lacking: 4, heldBack: 4, slow: 4)) == .lacking)
        #expect(rule.obstacle(2, wish, .init(heldBack: 4, slow: 4)) == .heldBack)
        #expect(rule.obstacle(2, wish, .init(slow: 4)) == .slow)
        #expect(rule.obstacle(2, wish, .init()) == .dear)
        #expect(rule.obstacle(2, .init(tier: .premium), .init()) == .belowFloor)
        #expect(rule.obstacle(9, wish, .init()) == nil)
    }

    /// Written once more as the published rule has it, and slowly.
    private func brute(
        _ rule: ChoiceRule,
        _ wish: VersionChoice.Wish,
        _ standings: VersionChoice.Standings
    ) -> Int? {
        let (w, q): (Double, Double) =
            switch wish.tier {
            case .premium: (0.2, 0.8)
            case .balanced: (0.5, 0.5)
            case .economy: (0.8, 0.2)
            }
        let floor: Double =
            switch wish.tier {
            case .premium: 0.95
            case .balanced: -1
            case .economy: 0.80
            }
        var found: (score: Double, place: Int)?
        for (place, candidate) in rule.candidates.enumerated() {
            guard !standings.lacking.holds(bit: place), !standings.heldBack.holds(bit: place),
                !standings.slow.holds(bit: place), let price = candidate.price, let quality = candidate.quality,
                quality >= floor, wish.maxCostPer1k.map({ price.rawValue <= $0.rawValue * 1_000 }) ?? true
            else { continue }
            let score = w * (1 / (Double(price.rawValue) / 1e9 + 0.01)) + q * quality
            if found.map({ score > $0.score }) ?? true { found = (score, place) }
        }
        if let found { return found.place }
        let cheapest = rule.candidates.indices.sorted {
            rule.candidates[$0].price?.rawValue ?? 0 < rule.candidates[$1].price?.rawValue ?? 0
        }
        let capable = cheapest.filter { !standings.lacking.holds(bit: $0) }
        return capable.first { !standings.heldBack.holds(bit: $0) } ?? capable.first ?? cheapest.first
    }

    @Test("10 000 tables: the choice is that of the formula", arguments: [1, 2, 3] as [UInt64])
    func generated(seed: UInt64) throws {
        var chance = SplitMix64(seed: seed)
        for _ in 0..<10_000 {
            let count = Int.random(in: 1...64, using: &chance)
            let rule = ChoiceRuleTests.rule(
                (0..<count).map { _ in
                    (
                        Int64.random(in: 0...60_000, using: &chance),
                        Double(Int.random(in: 0...100, using: &chance)) / 100
                    )
                }
            )
            let cap = Bool.random(using: &chance) ? NanoUSD(Int64.random(in: 0...60_000_000, using: &chance)) : nil
            let wish = VersionChoice.Wish(
                tier: RequestTier.allCases.randomElement(using: &chance) ?? .balanced,
                maxCostPer1k: cap
            )
            let standings = VersionChoice.Standings(
                lacking: chance.next() & chance.next(),
                heldBack: chance.next() & chance.next(),
                slow: chance.next() & chance.next()
            )
            let choice = try #require(rule.choose(wish, standings))
            #expect(choice.place == brute(rule, wish, standings))
            let obstacle = rule.obstacle(choice.place, wish, standings)
            #expect((choice.reason == .score) == (obstacle == nil))
        }
    }
}
