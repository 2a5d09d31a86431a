// SPDX-License-Identifier: Apache-2.0

package import SluiceCore
import SluiceStore

/// What one person has asked for, and another one has to.
package struct PendingApproval: Sendable, Equatable {
    /// What exactly, in the words of the API.
    package var what: String
    package var by: String
    package var at: Timestamp

    /// How long it waits for another person.
    static let lifetime: Duration = .seconds(86_400)

    fileprivate init(_ what: String, by person: String, at now: Timestamp) {
        self.what = what
        by = person
        at = now
    }

    fileprivate init?(text: String?) {
        guard let text, case .object(let object)? = try? JSONValue(parsing: Array(text.utf8)),
            let what = object["what"]?.string, let by = object["by"]?.string,
            let at = object["at"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        self.init(what, by: by, at: at)
    }

    fileprivate var text: String {
        JSONValue.object(["what": .string(what), "by": .string(by), "at": .string(at.description)]).jsonText
    }
}

extension ControlPlane {
    /// What waits for a second person on a route.
    package func pendingApproval(on route: RouteID) -> PendingApproval? {
        catalogue.pendingApproval(on: route, at: now())
    }

    /// Lets a change pass that gives a version more of a route's traffic, once two persons have asked for the same.
    ///
    /// The first one's wish is kept for a day. Where the second one's change then fails, both have to ask again.
    ///
    /// - Parameter what: The change, word for word: another weight is another wish.
    /// - Throws: `approvalNeeded` for the first person, and for the same one again.
    func requireApproval(of what: String, on route: RouteID, _ change: Change) async throws(ControlError) {
        guard catalogue.definitions.routes.contains(where: { $0.id == route && $0.needsTwoPersons }) else { return }
        let now = now()
        let setting = Catalogue.approvalSetting(of: route)
        let asked = try await self.change { catalogue throws(ControlError) -> Decision<PendingApproval?> in
            guard let pending = catalogue.pendingApproval(on: route, at: now), pending.what == what else {
                let pending = PendingApproval(what, by: change.person, at: now)
                let draft = change.draft("approval.ask", "route:\(route)", at: now, after: ["what": .string(what)])
                return Decision([.setSetting(setting, pending.text)], audit: [draft], answer: pending)
            }
            guard pending.by != change.person else { return .nothing(pending) }
            let draft = change.draft(
                "approval.give",
                "route:\(route)",
                at: now,
                before: ["what": .string(what), "asked_by": .string(pending.by)]
            )
            return Decision([.setSetting(setting, nil)], audit: [draft], answer: nil)
        }
        guard let asked else { return }
        let details: JSONObject = [
            "route": .string(route.rawValue), "asked_by": .string(asked.by), "asked_at": .string(asked.at.description),
        ]
        throw ControlError(
            .approvalNeeded,
            asked.at == now
                ? "Route \(route) takes two persons: \(asked.by) has asked for this, and another person has to."
                : "Route \(route) takes two persons: \(asked.by) asked for this already, and cannot be the other one.",
            hint: "Somebody with another admin token makes the same call within 24 hours.",
            details: details
        )
    }
}

extension Catalogue {
    fileprivate static func approvalSetting(of route: RouteID) -> String { "approval/\(route)" }

    func pendingApproval(on route: RouteID, at now: Timestamp) -> PendingApproval? {
        let pending = PendingApproval(text: state.settings[Catalogue.approvalSetting(of: route)])
        guard let pending, now < pending.at.advanced(by: PendingApproval.lifetime) else { return nil }
        return pending
    }
}

extension RolloutOrder {
    /// The order in words, where it gives the canary more traffic.
    var givesMore: String? {
        switch self {
        case .start: "start"
        case .promote(let promotion, let step): "promote \(promotion) \(step.map { "\($0)" } ?? "")"
        case .approve: "approve"
        case .extend(let steps): "extend \(steps)"
        case .retry: "retry"
        case .pause, .resume, .abort, .undo: nil
        }
    }
}
