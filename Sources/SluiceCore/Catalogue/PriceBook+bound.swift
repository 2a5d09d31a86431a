// SPDX-License-Identifier: Apache-2.0

extension PriceBook.Cards {
    /// What a request can cost at most by the card in force, where its tokens are no more than these; `nil` without a card.
    ///
    /// Every input token at the most expensive rate it can have, of fresh ones, of those written to a cache, and of sound and
    /// pictures; every output token likewise; in whichever way of service the card has a price for. What is billed in other
    /// units than tokens, and tools, is not in it.
    package func bound(inputTokens: Int64, outputTokens: Int64, at moment: Timestamp) -> NanoUSD? {
        guard let card = card(at: moment) else { return nil }
        var most: NanoUSD?
        for served in [[]] + card.variants.map({ [$0.name] }) {
            for parts in 0..<3 {
                // Of numbers that contradict each other the more expensive reading holds.
                var usage = Usage(
                    freshInput: parts == 0 ? inputTokens : 0,
                    cacheWrite5m: parts == 1 ? inputTokens : 0,
                    cacheWrite1h: parts == 2 ? inputTokens : 0,
                    output: outputTokens,
                    reasoning: outputTokens,
                    isInconsistent: true
                )
                usage.servedAs = served
                guard let cost = cost(of: usage, at: moment).cost.known else { return nil }
                most = max(most ?? cost, cost)
            }
            for entry in card.rates.parts.entries where entry.part.unit == .token {
                var usage = Usage(freshInput: inputTokens, output: outputTokens)
                switch entry.part {
                case .cacheWrite30m: usage = Usage(cacheWrite5m: inputTokens, output: outputTokens)
                case .cacheWrite12h: usage = Usage(cacheWrite1h: inputTokens, output: outputTokens)
                case .cachedAudio, .cachedImage, .cachedVideo: continue
                default: break
                }
                let isOutput = [.outputAudio, .outputImage, .outputVideo].contains(entry.part)
                usage.parts[entry.part] = isOutput ? outputTokens : inputTokens
                usage.servedAs = served
                if let cost = cost(of: usage, at: moment).cost.known { most = max(most ?? cost, cost) }
            }
        }
        return most
    }
}
