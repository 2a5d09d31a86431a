// SPDX-License-Identifier: Apache-2.0

import SluiceAdminModel
import SluiceControl
import SluiceCore

/// Users: persons who have admin tokens, and for whom keys are made.
struct UserEndpoints: Sendable {
    let control: ControlPlane

    private static let missing = AdminEndpoint.Outcome.error(404, "There is no such user.")
    private static let misfit = AdminEndpoint.Outcome.error(422, "The body does not fit.")
    private static let last = AdminEndpoint.Outcome.error(409, "They are the last owner.")
    private static let group = EndpointGroup(below: "/v1/admin/users", tag: "users")

    var all: [AdminEndpoint] { [list, create, show, update, setting(true), setting(false), delete] }

    private var list: AdminEndpoint {
        UserEndpoints.group(
            "GET",
            "",
            id: "listUsers",
            "All users.",
            role: .viewer,
            parameters: Paging.parameters,
            outcomes: [.json("A page of users.", .page(of: "User")), .error(422, "A parameter does not fit.")]
        ) { [control] call throws(AdminRefusal) in
            try AdminAnswer(try Paging(call).page(await control.users().map { UserView($0) }))
        }
    }

    private var create: AdminEndpoint {
        UserEndpoints.group(
            "POST",
            "",
            id: "createUser",
            "Makes a user.",
            role: .owner,
            body: .init(schema: .named("CreateUserRequest"), isRequired: true),
            outcomes: [
                .json(201, "The user.", .named("User")), .error(409, "There is one of this id."), UserEndpoints.misfit,
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(CreateUserRequest.self)
            let patch = try body.patch()
            let change = try call.change(body.reason)
            let user = try await refusing { () async throws(ControlError) in
                try await control.createUser(body.user, patch, change)
            }
            return try AdminAnswer(201, UserView(user))
        }
    }

    private var show: AdminEndpoint {
        UserEndpoints.group(
            "GET",
            "/{user}",
            id: "readUser",
            "One user.",
            role: .viewer,
            outcomes: [.json("The user.", .named("User")), UserEndpoints.missing]
        ) { [control] call throws(AdminRefusal) in
            let user = try await refusing { () async throws(ControlError) in try await control.user(call.text("user")) }
            return try AdminAnswer(UserView(user))
        }
    }

    private var update: AdminEndpoint {
        UserEndpoints.group(
            "PATCH",
            "/{user}",
            id: "updateUser",
            "Changes some members of a user; null takes one away.",
            role: .owner,
            body: .init(schema: .named("UpdateUserRequest"), isRequired: true),
            outcomes: [
                .json("The user.", .named("User")), UserEndpoints.missing, UserEndpoints.last, UserEndpoints.misfit,
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(UpdateUserRequest.self)
            let patch = try body.patch(clearing: try call.cleared())
            let change = try call.change(body.reason)
            let user = try await refusing { () async throws(ControlError) in
                try await control.updateUser(call.text("user"), patch, change)
            }
            return try AdminAnswer(UserView(user))
        }
    }

    private func setting(_ isBlocked: Bool) -> AdminEndpoint {
        let verb = isBlocked ? "block" : "unblock"
        return UserEndpoints.group(
            "POST",
            "/{user}/\(verb)",
            id: "\(verb)User",
            isBlocked ? "Has a user's tokens and keys refused, at once." : "Has a user's tokens and keys taken again.",
            role: .owner,
            body: .init(schema: .named("ReasonRequest"), isRequired: false),
            outcomes: [
                .json("The user.", .named("User")), UserEndpoints.missing, UserEndpoints.last, UserEndpoints.misfit,
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(ReasonRequest.self, orEmpty: ReasonRequest())
            let change = try call.change(body.reason)
            var patch = UserPatch()
            patch.isBlocked = isBlocked
            let wanted = patch
            let user = try await refusing { () async throws(ControlError) in
                try await control.updateUser(call.text("user"), wanted, change)
            }
            return try AdminAnswer(UserView(user))
        }
    }

    private var delete: AdminEndpoint {
        UserEndpoints.group(
            "DELETE",
            "/{user}",
            id: "deleteUser",
            "Takes a user away; their tokens and the keys that were made for them end.",
            role: .owner,
            body: .init(schema: .named("ReasonRequest"), isRequired: false),
            outcomes: [
                .json("The user as they were.", .named("User")), UserEndpoints.missing, UserEndpoints.last,
                UserEndpoints.misfit,
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(ReasonRequest.self, orEmpty: ReasonRequest())
            let change = try call.change(body.reason)
            let user = try await refusing { () async throws(ControlError) in
                try await control.deleteUser(call.text("user"), change)
            }
            return try AdminAnswer(UserView(user))
        }
    }
}
