// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

/// The audit: every change, and whether its chain holds.
struct AuditEndpoints: Sendable {
    let control: ControlPlane

    var all: [AdminEndpoint] { [list, verify] }

    private var list: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/audit",
            id: "listAudit",
            tag: "audit",
            "Every change, oldest first.",
            access: .role(.viewer),
            parameters: Paging.parameters,
            outcomes: [.json("A page of entries.", .page(of: "AuditEntry")), .error(422, "A parameter does not fit.")]
        ) { [control] call throws(AdminRefusal) in
            let paging = try Paging(call)
            let entries = try await refusing { () async throws(ControlError) in
                try await control.audit(after: paging.start, limit: paging.limit)
            }
            let isFull = entries.count == paging.limit
            return try AdminAnswer(
                Page(
                    items: entries.map(AuditView.init),
                    nextCursor: isFull ? entries.last.map { "\($0.sequence)" } : nil
                )
            )
        }
    }

    private var verify: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/audit/verify",
            id: "verifyAudit",
            tag: "audit",
            "Walks the whole chain. Only a head kept elsewhere shows that the end was cut off or all was written anew.",
            access: .role(.viewer),
            parameters: [
                .init(
                    name: "known_head",
                    schema: .text(66...83, pattern: "^[1-9][0-9]{0,17}:[0-9a-fA-F]{64}$"),
                    about: "A head kept elsewhere, as SEQUENCE:HASH."
                )
            ],
            outcomes: [.json("The verdict.", .named("AuditVerdict")), .error(422, "A parameter does not fit.")]
        ) { [control] call throws(AdminRefusal) in
            var heads: [AuditChain.Head] = []
            if let text = call.query["known_head"] {
                let parts = text.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, let sequence = Int64(parts[0]), sequence > 0, parts[1].utf8.count == 64 else {
                    throw .invalid("known_head must be SEQUENCE:HASH, with 64 hex digits.", field: "known_head")
                }
                heads = [AuditChain.Head(sequence: sequence, hash: parts[1].lowercased())]
            }
            let known = heads
            let verdict = try await refusing { () async throws(ControlError) in
                try await control.verifyAudit(knownHeads: known)
            }
            return try AdminAnswer(AuditVerdictView(verdict))
        }
    }
}
