// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("Table of refusals")
struct RefusalTableTests {
    @Test("every kind has an error status whose class fits its origin", arguments: Refusal.Kind.allCases)
    func rows(kind: Refusal.Kind) {
        let row = kind.row
        #expect((400..<600).contains(row.status))
        #expect((row.origin == .caller) == (row.status < 500))
        #expect(!row.code.isEmpty)
    }

    @Test("the documented rows stand")
    func documented() {
        #expect(Refusal.Kind.missingKey.row.code == "invalid_api_key" && Refusal.Kind.invalidKey.row.status == 401)
        #expect(
            Refusal.Kind.modelNotFound.row.code == "model_not_found" && Refusal.Kind.modelNotFound.row.status == 404
        )
        #expect(Refusal.Kind.bodyTooLarge.row.status == 413)
    }
}
