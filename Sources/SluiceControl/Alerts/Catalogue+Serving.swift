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
        definitions.routes.flatMap { route -> [StoreChange] in
            let setting = "alert.\(AlertKind.routeUnserved):\(route.id)"
            let wasOut = former.split(of: route.id).split.leavesUnitsOut
            let isOut = split(of: route.id).split.leavesUnitsOut
            if isOut, !wasOut {
                let alert = Alert(
                    kind: AlertKind.routeUnserved,
                    severity: .critical,
                    text: "Route \(route.id) has no version left for some or all of its traffic: such requests get 503."
                        + " Move a version to production: sluice version transition.",
                    at: now,
                    facts: ["route": .string(route.id.rawValue)]
                )
                return [.setSetting(setting, now.description)] + alert.messages(to: channels)
            }
            guard !isOut, state.settings[setting] != nil else { return [] }
            let alert = Alert(
                kind: AlertKind.routeServed,
                severity: .info,
                text: "Route \(route.id) is served again.",
                at: now,
                facts: ["route": .string(route.id.rawValue)]
            )
            return [.setSetting(setting, nil)] + alert.messages(to: channels)
        }
    }
}
