// SPDX-License-Identifier: Apache-2.0

/// A part of the relay that can be run alone.
struct Part: Sendable {
    let name: String
    /// What one operation is.
    let operation: String
    /// Runs so many operations; the number it answers keeps them from being optimized away.
    let run: @Sendable (_ count: Int) async throws -> Int

    init(_ name: String, _ operation: String, _ run: @escaping @Sendable (_ count: Int) async throws -> Int) {
        self.name = name
        self.operation = operation
        self.run = run
    }

    static let all = http + wire + translate + release + judge + ledger
}
