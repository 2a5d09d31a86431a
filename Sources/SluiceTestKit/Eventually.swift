// SPDX-License-Identifier: Apache-2.0

/// Whether a condition came true before a deadline; asked again every few milliseconds.
///
/// For what only real sockets and processes can show. Where a clock can be given, give ``ManualClock``.
package func eventually(
    within limit: Duration = .seconds(30),
    every interval: Duration = .milliseconds(5),
    _ condition: () async throws -> Bool
) async throws -> Bool {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while true {
        if try await condition() { return true }
        guard clock.now < deadline else { return false }
        try await clock.sleep(for: interval)
    }
}
