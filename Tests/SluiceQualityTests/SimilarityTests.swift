// SPDX-License-Identifier: Apache-2.0
import SluiceQuality
import Testing

@Suite("Similarity")
struct SimilarityTests {
    @Test(
        "small texts have the figures that Python has",
        arguments: [
            ("tide", "diet", 0.25, 0.25), ("diet", "tide", 0.5, 0.5), ("", "", 1, 1), ("", "a", 0, 0), ("a", "", 0, 0),
            ("naïve café 👍", "naive cafe 👍", 0.833_333_333_333_333_4, 0.833_333_333_333_333_4),
            ("abcd", "bcde", 0.75, 0.75),
        ]
    )
    func small(first: String, second: String, difflib: Double, similarity: Double) {
        #expect(Similarity.difflib(first, second) == difflib)
        #expect(Similarity.of(first, second) == Similarity(ratio: similarity, unit: .characters))
    }

    @Test("an accent in two pieces is the same letter for gates, and another one for difflib")
    func composed() {
        #expect(Similarity.difflib("e\u{301}", "é") == 0)
        #expect(Similarity.of("e\u{301}", "é")?.ratio == 1)
    }

    @Test("4 000 characters with one inserted are nearly the same, which difflib does not see")
    func inserted() {
        let text = String(repeating: "0123456789", count: 400)
        let other = text.prefix(2_000) + "x" + text.dropFirst(2_000)
        #expect(Similarity.of(text, String(other))?.ratio == 0.999_875_015_623_047_1)
        #expect(Similarity.difflib(text, String(other)).map { $0 < 0.51 } ?? false)
    }

    @Test("from 200 code points on difflib leaves out what is common")
    func popular() {
        let text = String(repeating: "ab", count: 99)
        #expect(Similarity.difflib("c" + text, text + "d") == 2.0 * 198 / 398)
        #expect(Similarity.difflib("c" + text + "ab", text + "abd") == 0)
    }

    @Test("texts of over 20 000 code points are compared by words, and are not difflib's any more")
    func long() {
        let text = (0..<6_000).map { "word\($0)" }.joined(separator: " ")
        let other = text.replacing("word3000 ", with: "")
        #expect(Similarity.of(text, other) == Similarity(ratio: 2.0 * 5_999 / 11_999, unit: .words))
        #expect(Similarity.difflib(text, other) == nil)
    }

    @Test("what would take too long is compared by something coarser")
    func budget() {
        // Two letters: each place of one text fits half the places of the other.
        let (text, other) = (String(repeating: "ab", count: 9_000), String(repeating: "aab", count: 6_000))
        #expect(Similarity.of(text, other) == Similarity(ratio: 0, unit: .words))
    }
}
