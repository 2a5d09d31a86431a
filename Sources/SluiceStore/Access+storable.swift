// SPDX-License-Identifier: Apache-2.0

package import SluiceCore

extension Team {
    /// As every engine can keep it.
    package var storable: Team {
        var team = self
        team.name = name.storable
        team.title = title?.storable
        team.scope.routes = scope.routes.map(\.storable)
        team.metadata = metadata?.storable
        return team
    }
}

extension User {
    /// As every engine can keep it.
    package var storable: User {
        var user = self
        user.id = id.storable
        user.name = name?.storable
        user.email = email?.storable
        user.teams = teams.map(\.storable)
        user.externalID = externalID?.storable
        user.metadata = metadata?.storable
        return user
    }
}

extension AdminPass.SignIn {
    var storable: AdminPass.SignIn {
        AdminPass.SignIn(kind: kind, issuer: issuer.storable, subject: subject.storable)
    }
}
