// SPDX-License-Identifier: Apache-2.0

import SluiceAdminModel
import SluiceControl
import SluiceCore

/// Teams: those who share keys and a bill.
struct TeamEndpoints: Sendable {
    let control: ControlPlane

    private static let missing = AdminEndpoint.Outcome.error(404, "There is no such team.")
    private static let misfit = AdminEndpoint.Outcome.error(422, "The body does not fit.")
    private static let group = EndpointGroup(below: "/v1/admin/teams", tag: "teams")

    var all: [AdminEndpoint] { [list, create, show, update, setting(true), setting(false), delete] }

    private var list: AdminEndpoint {
        TeamEndpoints.group(
            "GET",
            "",
            id: "listTeams",
            "Teams that were made, then those that only keys name.",
            role: .viewer,
            forTeams: true,
            parameters: Paging.parameters,
            outcomes: [.json("A page of teams.", .page(of: "Team")), .error(422, "A parameter does not fit.")]
        ) { [control] call throws(AdminRefusal) in
            try AdminAnswer(try Paging(call).page(await control.teams(of: call.team).map { TeamView($0) }))
        }
    }

    private var create: AdminEndpoint {
        TeamEndpoints.group(
            "POST",
            "",
            id: "createTeam",
            "Makes a team; keys may have named it before.",
            role: .keyAdmin,
            body: .init(schema: .named("CreateTeamRequest"), isRequired: true),
            outcomes: [
                .json(201, "The team.", .named("Team")), .error(409, "There is one of this name."),
                TeamEndpoints.misfit,
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(CreateTeamRequest.self)
            let patch = try body.patch()
            let change = try call.change(body.reason)
            let team = try await refusing { () async throws(ControlError) in
                try await control.createTeam(body.team, patch, change)
            }
            return try AdminAnswer(201, TeamView(team))
        }
    }

    private var show: AdminEndpoint {
        TeamEndpoints.group(
            "GET",
            "/{team}",
            id: "readTeam",
            "One team.",
            role: .viewer,
            forTeams: true,
            outcomes: [.json("The team.", .named("Team")), TeamEndpoints.missing]
        ) { [control] call throws(AdminRefusal) in
            let team = try await refusing { () async throws(ControlError) in
                try await control.team(call.text("team"), of: call.team)
            }
            return try AdminAnswer(TeamView(team))
        }
    }

    private var update: AdminEndpoint {
        TeamEndpoints.group(
            "PATCH",
            "/{team}",
            id: "updateTeam",
            "Changes some members of a team; null takes one away.",
            role: .keyAdmin,
            body: .init(schema: .named("UpdateTeamRequest"), isRequired: true),
            outcomes: [.json("The team.", .named("Team")), TeamEndpoints.missing, TeamEndpoints.misfit]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(UpdateTeamRequest.self)
            let patch = try body.patch(clearing: try call.cleared())
            let change = try call.change(body.reason)
            let team = try await refusing { () async throws(ControlError) in
                try await control.updateTeam(call.text("team"), patch, change)
            }
            return try AdminAnswer(TeamView(team))
        }
    }

    private func setting(_ isBlocked: Bool) -> AdminEndpoint {
        let verb = isBlocked ? "block" : "unblock"
        return TeamEndpoints.group(
            "POST",
            "/{team}/\(verb)",
            id: "\(verb)Team",
            isBlocked ? "Has all keys of a team refused, at once." : "Has the keys of a team taken again.",
            role: .keyAdmin,
            body: .init(schema: .named("ReasonRequest"), isRequired: false),
            outcomes: [.json("The team.", .named("Team")), TeamEndpoints.missing, TeamEndpoints.misfit]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(ReasonRequest.self, orEmpty: ReasonRequest())
            let change = try call.change(body.reason)
            var patch = TeamPatch()
            patch.isBlocked = isBlocked
            let wanted = patch
            let team = try await refusing { () async throws(ControlError) in
                try await control.updateTeam(call.text("team"), wanted, change)
            }
            return try AdminAnswer(TeamView(team))
        }
    }

    private var delete: AdminEndpoint {
        TeamEndpoints.group(
            "DELETE",
            "/{team}",
            id: "deleteTeam",
            "Takes a team away, with its tokens; its keys only where that is said.",
            role: .keyAdmin,
            body: .init(schema: .named("DeleteTeamRequest"), isRequired: false),
            outcomes: [
                .json("The team as it was.", .named("Team")), TeamEndpoints.missing, TeamEndpoints.misfit,
                .error(409, "It has valid keys, or keys of the configuration file."),
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(DeleteTeamRequest.self, orEmpty: DeleteTeamRequest())
            let change = try call.change(body.reason)
            let team = try await refusing { () async throws(ControlError) in
                try await control.deleteTeam(call.text("team"), revokesKeys: body.revokeKeys ?? false, change)
            }
            return try AdminAnswer(TeamView(team))
        }
    }
}
