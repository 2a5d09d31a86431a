// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

/// Keys of callers: make, list, rotate, revoke.
struct KeyEndpoints: Sendable {
    let control: ControlPlane
    let now: @Sendable () -> Timestamp

    private static let missing = AdminEndpoint.Outcome.error(404, "There is no such key.")
    private static let misfit = AdminEndpoint.Outcome.error(422, "The body does not fit.")
    private static let notHere = AdminEndpoint.Outcome.error(409, "The configuration file owns it, or it has ended.")

    var all: [AdminEndpoint] { [list, create, rotate, revoke, delete] }

    private var list: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/keys",
            id: "listKeys",
            tag: "keys",
            "Keys of callers, without their texts.",
            access: .role(.viewer),
            parameters: Paging.parameters,
            outcomes: [.json("A page of keys.", .page(of: "Key")), .error(422, "A parameter does not fit.")]
        ) { [control, now] call throws(AdminRefusal) in
            let now = now()
            return try AdminAnswer(try Paging(call).page(await control.keys().map { KeyView($0, at: now) }))
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
            body: .init(schema: .named("CreateKeyRequest"), isRequired: true),
            outcomes: [.json(201, "The key.", .named("NewKey")), KeyEndpoints.misfit]
        ) { [control, now] call throws(AdminRefusal) in
            let body = try call.shape(CreateKeyRequest.self)
            let change = try call.change(body.reason)
            let made = try await refusing { () async throws(ControlError) in
                try await control.createKey(
                    name: body.name,
                    team: body.team,
                    maxConcurrency: body.maxConcurrency,
                    change
                )
            }
            return try AdminAnswer(201, KeyEndpoints.view(made, at: now()))
        }
    }

    private var rotate: AdminEndpoint {
        AdminEndpoint(
            "POST",
            "/v1/admin/keys/{key}/rotate",
            id: "rotateKey",
            tag: "keys",
            "Makes a key in the place of another, by its id or its name; the old one lives on for a while.",
            access: .role(.keyAdmin),
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
