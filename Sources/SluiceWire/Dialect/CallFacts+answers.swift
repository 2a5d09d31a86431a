// SPDX-License-Identifier: Apache-2.0

extension CallFacts {
    /// How many answers the request asks for, each of which may be as long as its cap: `n`, or `best_of` where that is more.
    package func answers(in body: RawSpan) -> Int64 {
        var most: Int64 = 1
        for index in 0..<memberCount {
            let member = member(index)
            guard member.value.count <= 4, body.equals("n", in: member.name) || body.equals("best_of", in: member.name)
            else { continue }
            let text = String(decoding: body.copy(member.value), as: UTF8.self)
            most = max(most, Int64(text).map { min($0, 1_024) } ?? 1)
        }
        return most
    }
}
