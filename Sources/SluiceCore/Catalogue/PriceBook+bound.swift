// SPDX-License-Identifier: Apache-2.0

extension PriceBook.Cards {
    /// What a request can cost at most by the card in force, where its tokens are no more than these; `nil` without a card.
    ///
    /// Every input token at the most expensive rate it can have, of fresh ones and of those written to a cache; every
    /// output token at that of answers or of reasoning, whichever is more.
    package func bound(inputTokens: Int64, outputTokens: Int64, at moment: Timestamp) -> NanoUSD? {
        var most: NanoUSD?
        for parts in 0..<3 {
            // Of numbers that contradict each other the more expensive reading holds.
            let usage = Usage(
                freshInput: parts == 0 ? inputTokens : 0,
                cacheWrite5m: parts == 1 ? inputTokens : 0,
                cacheWrite1h: parts == 2 ? inputTokens : 0,
                output: outputTokens,
                reasoning: outputTokens,
                isInconsistent: true
            )
            guard let cost = cost(of: usage, at: moment).cost.known else { return nil }
            most = max(most ?? cost, cost)
        }
        return most
    }
}
