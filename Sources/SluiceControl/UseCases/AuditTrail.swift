// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceStore

extension ControlPlane {
    /// A page of the audit, oldest first; the last entry's number is the next page's cursor.
    ///
    /// - Parameter limit: 1…1 000.
    package func audit(after sequence: Int64 = 0, limit: Int = 100) async throws(ControlError) -> [AuditEntry] {
        guard (1...1_000).contains(limit) else { throw ControlError(.invalid, "limit must be from 1 to 1000.") }
        do throws(StoreError) {
            return try await store.auditEntries(after: max(0, sequence), limit: limit)
        } catch {
            throw ControlError(.unavailable(error.message))
        }
    }

    /// Walks the whole chain and names the first entry that was changed, dropped or put in.
    ///
    /// - Parameter knownHeads: Heads kept elsewhere, which alone show that the end was cut off or all was written anew.
    package func verifyAudit(
        knownHeads: [AuditChain.Head] = []
    ) async throws(ControlError) -> AuditVerifier.Verdict {
        var verifier = AuditVerifier(knownHeads: knownHeads)
        var cursor: Int64 = 0
        while true {
            let page = try await audit(after: cursor, limit: 1_000)
            verifier.take(page)
            guard let last = page.last, last.sequence > cursor else { return verifier.finish() }
            cursor = last.sequence
        }
    }
}
