// SPDX-License-Identifier: Apache-2.0

/// Requests under way whose first content has not come, by the second in which they began.
struct OpenRequests: Sendable, Hashable {
    private var seconds: [Int64: Int64] = [:]

    mutating func begin(at second: Int64) { seconds[second, default: 0] += 1 }

    /// One has ended, or is being answered; one that was never told of is passed over.
    mutating func end(of second: Int64) {
        guard let count = seconds[second] else { return }
        seconds[second] = count > 1 ? count - 1 : nil
    }

    /// Those that began in some seconds.
    func count(in range: ClosedRange<Int64>) -> Int64 {
        seconds.reduce(0) { range.contains($1.key) ? $0 + $1.value : $0 }
    }

    /// Forgets what began before a second: nobody waits for so long.
    mutating func forget(before second: Int64) { seconds = seconds.filter { $0.key >= second } }
}
