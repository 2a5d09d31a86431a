// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

/// Keys of callers: make, list, change, rotate, block, revoke.
struct KeyEndpoints: Sendable {
    let control: ControlPlane
    let now: @Sendable () -> Timestamp

    private static let missing = AdminEndpoint.Outcome.error(404, "There is no such key.")
    private static let misfit = AdminEndpoint.Outcome.error(422, "The body does not fit.")
    private static let notHere = AdminEndpoint.Outcome.error(409, "The configuration file owns it, or it has ended.")

    var all: [AdminEndpoint] { [list, create, show, update, rotate, revoke, block, unblock, delete] }

    private var list: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/keys",
            id: "listKeys",
            tag: "keys",
            "Keys of callers, without their texts.",
            access: .role(.viewer),
            forTeams: true,
            parameters: Paging.parameters,
            outcomes: [.json("A page of keys.", .page(of: "Key")), .error(422, "A parameter does not fit.")]
        ) { [control, now] call throws(AdminRefusal) in
            let now = now()
            let uses = try await refusing { () async throws(ControlError) in try await control.lastUses() }
            let keys = await control.keys(of: call.team)
            return try AdminAnswer(try Paging(call).page(keys.map { KeyView($0, at: now, lastUse: uses[$0.id]) }))
        }
    }

    private var create: AdminEndpoint {
        AdminEndpoint(
            "POST",
            "/v1/admin/keys",
            id: "createKey",
            tag: "keys",
            "Makes a key and shows its text, this once.",
            access: .role(.keyAdmin),
            forTeams: true,
            body: .init(schema: .named("CreateKeyRequest"), isRequired: true),
            outcomes: [
                .json(201, "The key; the same again for the same Idempotency-Key within a day.", .named("NewKey")),
                .error(404, "There is no such team or user."), .error(409, "It cannot be shown again."),
                KeyEndpoints.misfit,
            ]
        ) { [control, now] call throws(AdminRefusal) in
            let body = try call.shape(CreateKeyRequest.self)
            let change = try call.change(body.reason)
            var draft = try body.draft()
            draft.rateLimits = body.rateLimits.map { RateLimits($0) } ?? RateLimits()
            draft.budget = try body.budget?.budget()
            let asked = draft
            let made = try await refusing { () async throws(ControlError) in
                try await control.createKey(asked, replay: call.idempotencyKey, change)
            }
            return try AdminAnswer(201, KeyEndpoints.view(made, at: now()))
        }
    }

    private var show: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/keys/{key}",
            id: "readKey",
            tag: "keys",
            "A key, by its id or its name, without its text.",
            access: .role(.viewer),
            forTeams: true,
            outcomes: [
                .json("The key.", .named("Key")), KeyEndpoints.missing, .error(409, "Several keys have the name."),
            ]
        ) { [control, now] call throws(AdminRefusal) in
            let key = try await refusing { () async throws(ControlError) in
                try await control.key(call.text("key"), of: call.team)
            }
            let uses = try await refusing { () async throws(ControlError) in try await control.lastUses() }
            return try AdminAnswer(KeyView(key, at: now(), lastUse: uses[key.id]))
        }
    }

    private var update: AdminEndpoint {
        AdminEndpoint(
            "PATCH",
            "/v1/admin/keys/{key}",
            id: "updateKey",
            tag: "keys",
            "Changes some members of a key; null takes one away.",
            access: .role(.keyAdmin),
            forTeams: true,
            body: .init(schema: .named("UpdateKeyRequest"), isRequired: true),
            outcomes: KeyEndpoints.changed
        ) { [control, now] call throws(AdminRefusal) in
            let body = try call.shape(UpdateKeyRequest.self)
            let patch = try body.patch(clearing: try call.cleared())
            let change = try call.change(body.reason)
            let key = try await refusing { () async throws(ControlError) in
                try await control.updateKey(call.text("key"), patch, change)
            }
            return try AdminAnswer(KeyView(key, at: now()))
        }
    }

    private var block: AdminEndpoint { setting(blocked: true, "block", "Has a key refused until it is unblocked.") }

    private var unblock: AdminEndpoint { setting(blocked: false, "unblock", "Has a key taken again.") }

    private func setting(blocked: Bool, _ verb: String, _ about: String) -> AdminEndpoint {
        AdminEndpoint(
            "POST",
            "/v1/admin/keys/{key}/\(verb)",
            id: "\(verb)Key",
            tag: "keys",
            about,
            access: .role(.keyAdmin),
            forTeams: true,
            body: .init(schema: .named("ReasonRequest"), isRequired: false),
            outcomes: KeyEndpoints.changed
        ) { [control, now] call throws(AdminRefusal) in
            let body = try call.shape(ReasonRequest.self, orEmpty: ReasonRequest())
            let change = try call.change(body.reason)
            var patch = KeyPatch()
            patch.isBlocked = blocked
            let wanted = patch
            let key = try await refusing { () async throws(ControlError) in
                try await control.updateKey(call.text("key"), wanted, change)
            }
            return try AdminAnswer(KeyView(key, at: now()))
        }
    }

    private static let changed: [AdminEndpoint.Outcome] = [
        .json("The key.", .named("Key")), missing, misfit, notHere,
    ]

    private var rotate: AdminEndpoint {
        AdminEndpoint(
            "POST",
            "/v1/admin/keys/{key}/rotate",
            id: "rotateKey",
            tag: "keys",
            "Makes a key in the place of another, by its id or its name; the old one lives on for a while.",
            access: .role(.keyAdmin),
            forTeams: true,
            body: .init(schema: .named("RotateKeyRequest"), isRequired: false),
            outcomes: [
                .json(201, "The new key.", .named("NewKey")), KeyEndpoints.missing, KeyEndpoints.misfit,
                KeyEndpoints.notHere,
            ]
        ) { [control, now] call throws(AdminRefusal) in
            let body = try call.shape(RotateKeyRequest.self, orEmpty: RotateKeyRequest())
            if let grace = body.graceSeconds, !(0...31_536_000).contains(grace) {
                throw .invalid("grace_seconds must be from 0 to 31536000 (a year).", field: "grace_seconds")
            }
            let (id, change) = (call.text("key"), try call.change(body.reason))
            let made = try await refusing { () async throws(ControlError) in
                try await control.rotateKey(id, grace: body.graceSeconds.map { .seconds($0) }, change)
            }
            return try AdminAnswer(201, KeyEndpoints.view(made, at: now()))
        }
    }

    private var revoke: AdminEndpoint {
        AdminEndpoint(
            "POST",
            "/v1/admin/keys/{key}/revoke",
            id: "revokeKey",
            tag: "keys",
            "Ends a key now, by its id or its name.",
            access: .role(.keyAdmin),
            forTeams: true,
            body: .init(schema: .named("ReasonRequest"), isRequired: false),
            outcomes: [
                .json("The key.", .named("Key")), KeyEndpoints.missing, KeyEndpoints.misfit, KeyEndpoints.notHere,
            ],
            handler: end
        )
    }

    private var delete: AdminEndpoint {
        AdminEndpoint(
            "DELETE",
            "/v1/admin/keys/{key}",
            id: "deleteKey",
            tag: "keys",
            "The same as revoke; the key stays in the list.",
            access: .role(.keyAdmin),
            forTeams: true,
            body: .init(schema: .named("ReasonRequest"), isRequired: false),
            outcomes: [
                .json("The key.", .named("Key")), KeyEndpoints.missing, KeyEndpoints.misfit, KeyEndpoints.notHere,
            ],
            handler: end
        )
    }

    private var end: AdminEndpoint.Handler {
        { [control, now] call throws(AdminRefusal) in
            let body = try call.shape(ReasonRequest.self, orEmpty: ReasonRequest())
            let (id, change) = (call.text("key"), try call.change(body.reason))
            let key = try await refusing { () async throws(ControlError) in
                try await control.revokeKey(id, change)
            }
            return try AdminAnswer(KeyView(key, at: now()))
        }
    }

    private static func view(_ made: NewKey, at now: Timestamp) -> NewKeyView {
        var view = NewKeyView()
        view.view = KeyView(made.key, at: now)
        view.key = made.text.exposed
        view.replaces = made.replaces?.id.rawValue
        view.oldKeyValidUntil = made.replaces?.validUntil?.description
        return view
    }
}
