// SPDX-License-Identifier: Apache-2.0

import SluiceAdminModel
import SluiceControl
import SluiceCore

/// Credentials of providers that are sealed in the store: set, take away, wrap anew.
struct CredentialEndpoints: Sendable {
    let control: ControlPlane

    private static let missing = AdminEndpoint.Outcome.error(404, "There is no such provider.")
    private static let misfit = AdminEndpoint.Outcome.error(422, "The body does not fit.")
    private static let group = EndpointGroup(below: "/v1/admin/providers", tag: "providers")

    var all: [AdminEndpoint] { [set, remove, rewrap] }

    private var set: AdminEndpoint {
        CredentialEndpoints.group(
            "PUT",
            "/{provider}/credential",
            id: "setCredential",
            "Seals a provider's credential; requests that begin from now on show it.",
            role: .owner,
            body: .init(schema: .named("CredentialRequest"), isRequired: true),
            outcomes: [
                .json("The provider.", .named("Provider")), CredentialEndpoints.missing,
                .error(409, "The configuration file has its credential, or there is no master key."),
                CredentialEndpoints.misfit,
            ]
        ) { [self] call throws(AdminRefusal) in
            let body = try call.shape(CredentialRequest.self)
            let change = try call.change(body.reason)
            let state = try await refusing { () async throws(ControlError) in
                try await control.setCredential(of: call.text("provider"), to: Secret(body.credential), change)
            }
            return try await view(of: state)
        }
    }

    private var remove: AdminEndpoint {
        CredentialEndpoints.group(
            "DELETE",
            "/{provider}/credential",
            id: "removeCredential",
            "Takes a provider's credential away; its requests get 503 until there is another.",
            role: .owner,
            body: .init(schema: .named("ReasonRequest"), isRequired: false),
            outcomes: [
                .json("The provider.", .named("Provider")), CredentialEndpoints.missing,
                .error(409, "The configuration file has its credential."), CredentialEndpoints.misfit,
            ]
        ) { [self] call throws(AdminRefusal) in
            let body = try call.shape(ReasonRequest.self, orEmpty: ReasonRequest())
            let change = try call.change(body.reason)
            let state = try await refusing { () async throws(ControlError) in
                try await control.removeCredential(of: call.text("provider"), change)
            }
            return try await view(of: state)
        }
    }

    private var rewrap: AdminEndpoint {
        CredentialEndpoints.group(
            "POST",
            "/credentials/rewrap",
            id: "rewrapCredentials",
            "Wraps the data keys of all credentials by the first master key of the configuration.",
            role: .owner,
            body: .init(schema: .named("ReasonRequest"), isRequired: false),
            outcomes: [
                .json("What was done.", .named("Rewrap")),
                .error(409, "There is no master key, or not the one that wrapped a credential."),
                CredentialEndpoints.misfit,
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(ReasonRequest.self, orEmpty: ReasonRequest())
            let change = try call.change(body.reason)
            let done = try await refusing { () async throws(ControlError) in
                try await control.rewrapCredentials(change)
            }
            var view = RewrapView()
            view.credentials = done.all
            view.rewrapped = done.rewrapped
            return try AdminAnswer(view)
        }
    }

    private func view(of state: CredentialState) async throws(AdminRefusal) -> AdminAnswer {
        guard let view = await control.providerViews().first(where: { $0.provider == state.provider.rawValue }) else {
            throw AdminRefusal(404, "not_found", "The provider is gone.")
        }
        return try AdminAnswer(view)
    }
}
