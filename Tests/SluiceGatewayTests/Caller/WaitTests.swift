// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SluiceGateway

@Suite("How long callers are asked to wait")
struct WaitTests {
    @Test(
        "whole seconds, rounded up, and at least one: nobody comes too early",
        arguments: [(0, 1), (1, 1), (999, 1), (1_000, 1), (1_001, 2), (1_999, 2), (2_000, 2), (59_001, 60)]
    )
    func seconds(milliseconds: Int64, shown: Int) {
        #expect(Duration.milliseconds(milliseconds).wholeSeconds == shown)
    }
}
