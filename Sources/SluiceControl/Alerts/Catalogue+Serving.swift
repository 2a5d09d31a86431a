// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease
import SluiceStore

extension Catalogue {
    /// What channels are told of routes that have no version for their traffic any more, or have one again, since some
    /// other catalogue was in force.
    ///
    /// A route that never was served is nobody's alarm, so a setting keeps which ones were told.
    func servingAlerts(
        since former: Catalogue,
        to channels: [AlertChannel],
        at now: Timestamp
    ) -> [StoreChange] {
        definitions.routes.flatMap { servingAlerts(of: $0.id, since: former, to: channels, at: now) }
            + removedRoutes.flatMap { route in
                served(route, "Route \(route) is no longer in the configuration.", to: channels, at: now)
            }
    }

    private func servingAlerts(
        of route: RouteID,
        since former: Catalogue,
        to channels: [AlertChannel],
        at now: Timestamp
    ) -> [StoreChange] {
        let wasOut = former.split(of: route).split.leavesUnitsOut
        let isOut = split(of: route).split.leavesUnitsOut
        if isOut, !wasOut {
            let alert = Alert(
                kind: AlertKind.routeUnserved,
                severity: .critical,
                text: "Route \(route) has no version left for some or all of its traffic: such requests get 503."
                    + " Move a version to production: sluice version transition.",
                at: now,
                facts: ["route": .string(route.rawValue)]
            )
            return [.setSetting(Catalogue.outage(of: route.rawValue), now.description)] + alert.messages(to: channels)
        }
        guard !isOut, state.settings[Catalogue.outage(of: route.rawValue)] != nil else { return [] }
        return served(route.rawValue, "Route \(route) is served again.", to: channels, at: now)
    }

    /// Ends the incident of a route.
    private func served(
        _ route: String,
        _ text: String,
        to channels: [AlertChannel],
        at now: Timestamp
    ) -> [StoreChange] {
        let alert = Alert(
            kind: AlertKind.routeServed,
            severity: .info,
            text: text,
            at: now,
            facts: ["route": .string(route)]
        )
        return [.setSetting(Catalogue.outage(of: route), nil)] + alert.messages(to: channels)
    }

    /// Routes with an open incident that the configuration does not have any more.
    private var removedRoutes: [String] {
        let prefix = Catalogue.outage(of: "")
        let known = Set(definitions.routes.map(\.id.rawValue))
        return state.settings.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            .filter { !known.contains($0) }.sorted()
    }

    /// The setting that stands while a route's incident is open.
    private static func outage(of route: String) -> String { "alert.\(AlertKind.routeUnserved):\(route)" }
}
