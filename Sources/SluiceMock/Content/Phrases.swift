// SPDX-License-Identifier: Apache-2.0

/// Text that follows from a seed: it takes up the question's first words and goes on in plain ones.
enum Phrases {
    /// The pieces of an answer, one per token; joined they are the text.
    static func pieces(about question: String, count: Int, dice: inout Dice) -> [String] {
        guard count > 0 else { return [] }
        var words = ["You", " asked", ":"]
        words += question.split(whereSeparator: \.isWhitespace).prefix(12).map { " " + String($0.prefix(24)) }
        words.append(" →")
        while words.count < count {
            let word = vocabulary[Int(dice.next() % UInt64(vocabulary.count))]
            words.append(" " + word)
        }
        return Array(words.prefix(count))
    }

    /// Words of one to four bytes a character, so that a cut inside a character shows.
    static let vocabulary = [
        "the", "river", "carries", "its", "water", "through", "a", "gate", "and", "turns", "slowly", "north", "where",
        "old", "stones", "hold", "light", "until", "evening", "comes", "with", "rain", "over", "naïve", "fields",
        "Zürich", "雪", "水门", "über", "façade", "🌊", "👩‍🚀", "quiet", "measure", "of", "grain", "seven", "boats",
    ]

    /// The text before the first of the stop strings, and whether one was found.
    static func cut(_ pieces: [String], at stops: [String]) -> [String] {
        guard !stops.isEmpty else { return pieces }
        var text = ""
        var kept: [String] = []
        for piece in pieces {
            let before = text.utf8.count
            text += piece
            let ends = stops.compactMap { stop in firstOffset(of: stop, in: text) }
            if let end = ends.min() {
                // The stop may have begun in an earlier piece: cut the joined text, piece by piece.
                return clipped(kept + [piece], toBytes: end, joinedBytes: before + piece.utf8.count)
            }
            kept.append(piece)
        }
        return kept
    }

    private static func clipped(_ pieces: [String], toBytes end: Int, joinedBytes: Int) -> [String] {
        var left = end
        var result: [String] = []
        for piece in pieces where left > 0 {
            let part = String(decoding: piece.utf8.prefix(left), as: UTF8.self)
            result.append(part)
            left -= piece.utf8.count
        }
        return result
    }

    private static func firstOffset(of needle: String, in text: String) -> Int? {
        let text = Array(text.utf8)
        let needle = Array(needle.utf8)
        guard needle.count <= text.count else { return nil }
        return (0...(text.count - needle.count)).first { text[$0...].starts(with: needle) }
    }
}
