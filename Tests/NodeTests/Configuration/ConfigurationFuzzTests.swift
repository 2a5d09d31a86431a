// SPDX-License-Identifier: Apache-2.0
import SluiceTestKit
import Testing

@testable import SluiceNode

@Suite("Damaged configuration files")
struct ConfigurationFuzzTests {
    @Test("two thousand damaged files are each taken or refused with a reason, and none ends the process")
    func mutations() {
        var generator = SeededGenerator(seed: 20_261_121)
        let whole = Array(Sample.whole.utf8)
        let pieces = [
            "{", "}", "[", "]", ":", "- ", "\n", "  ", "\"", "'", "${", "}", "&a ", "*a", "!!int ", "|", ">", "\t",
            "\0", "é", "-9223372036854775808", "1e999", "~", "#", "? ", "<<", "%YAML 9\n", "---\n", "...\n",
        ].map { Array($0.utf8) }
        var taken = 0
        var refused = 0
        for _ in 0..<2_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...2, using: &generator) {
                let at = Int.random(in: 0..<bytes.count, using: &generator)
                let end = min(bytes.count, at + Int.random(in: 0...12, using: &generator))
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: bytes.removeSubrange(at..<end)
                case 1:
                    bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &generator))
                case 2: bytes[at] = UInt8.random(in: 0...127, using: &generator)
                case 3: bytes.removeSubrange(at..<min(bytes.count, at + 200))
                default: bytes.insert(contentsOf: pieces.randomElement(using: &generator) ?? [], at: at)
                }
                if bytes.isEmpty { bytes = [0x61] }
            }
            do throws(ConfigurationFileError) {
                _ = try Sample.read(String(decoding: bytes, as: UTF8.self))
                taken += 1
            } catch {
                refused += 1
                #expect(error.problems.contains { $0.severity == .error && !$0.message.isEmpty })
            }
        }
        #expect(taken + refused == 2_000)
        #expect(taken > 50 && refused > 1_000)
    }
}
