// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore
import Synchronization

/// The ledger: sums, and its attempts line by line.
struct UsageEndpoints: Sendable {
    let control: ControlPlane

    var all: [AdminEndpoint] { [summary, export] }

    private static let groupings =
        (UsageDimension.plain.map(\.name) + ["tag:[A-Za-z0-9_.-]{1,64}"]).joined(separator: "|")

    private static let longestGrouping = 300

    private static let filters: [AdminEndpoint.Parameter] = [
        .init(name: "from", schema: .moment, about: "Requests that began then or later."),
        .init(name: "until", schema: .moment, about: "Requests that began before."),
        .init(name: "key", schema: .name, about: "Only of this key, by its id, or of all keys of a name."),
        .init(name: "route", schema: .id, about: "Only of this route."),
        .init(name: "version", schema: .id, about: "Only of this version."),
        .init(name: "provider", schema: .id, about: "Only of this provider."),
        .init(name: "tag", schema: .name, about: "Only requests with this tag, whatever others they have."),
        .init(name: "end_user", schema: .name, about: "Only of whom requests name so."),
        .init(
            name: "time_zone",
            schema: .text(1...64),
            about: "By whose clocks days are, also those of from and until: UTC (default), +08:00, Europe/Berlin."
        ),
    ]

    private func filter(_ call: AdminCall) async throws(AdminRefusal) -> LedgerFilter {
        var keys: [KeyID]?
        if let team = call.team {
            let own = await control.keys(of: team)
            let name = call.query["key"]
            let meant = own.filter { name == nil || $0.id.rawValue == name || $0.name == name }
            guard name == nil || !meant.isEmpty else {
                throw AdminRefusal(404, "not_found", "There is no key \"\((name ?? "").prefix(140))\".")
            }
            keys = meant.map(\.id)
        } else if let name = call.query["key"] {
            keys = try await refusing { () async throws(ControlError) in try await control.keys(named: name) }
        }
        let zone = try await control.zones.named(call.query["time_zone"] ?? "UTC")
        var filter = LedgerFilter(
            from: try call.moment("from", in: zone),
            until: try call.moment("until", in: zone),
            keys: keys,
            route: try call.id("route", RouteID.self),
            version: try call.id("version", VersionID.self),
            provider: try call.id("provider", ProviderID.self)
        )
        filter.zone = zone
        filter.tag = call.query["tag"]
        filter.endUser = call.query["end_user"]
        if let from = filter.from, let until = filter.until, until <= from {
            throw .invalid("until must be later than from.", field: "until")
        }
        return filter
    }

    private var summary: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/usage",
            id: "sumUsage",
            tag: "usage",
            "Requests, tokens and money, grouped.",
            access: .role(.viewer),
            forTeams: true,
            parameters: UsageEndpoints.filters + [
                .init(
                    name: "group_by",
                    schema: .text(
                        0...UsageEndpoints.longestGrouping,
                        pattern: "^((\(UsageEndpoints.groupings))(,(\(UsageEndpoints.groupings)))*)?$"
                    ),
                    about:
                        "Any of day, key, team, route, version, provider, model, end_user, tag, tag:NAME, with commas; default version."
                ),
                .init(
                    name: "currency",
                    schema: .text(3...3, pattern: "^[A-Z]{3}$"),
                    about: "Adds cost in it, each day at that day's rate."
                ),
            ],
            outcomes: [
                .json("The sums.", .named("Usage")), .error(404, "The team has no such key."),
                .error(422, "A parameter does not fit."),
            ]
        ) { [self] call throws(AdminRefusal) in
            let filter = try await filter(call)
            let grouping = try UsageEndpoints.grouping(call.query["group_by"] ?? "version")
            let currency = call.query["currency"]
            if let currency, !CurrencyRate.isCode(currency) {
                throw .invalid("currency must be three capital letters, such as CNY.", field: "currency")
            }
            let report = try await refusing { () async throws(ControlError) in
                try await control.usage(filter, groupedBy: grouping, in: currency)
            }
            var view = UsageView(
                from: filter.from?.description,
                until: filter.until?.description,
                since: report.since?.description,
                groupBy: grouping.map(\.name),
                groups: report.groups.map { sum in
                    var row = UsageRowView(sum, groupedBy: grouping, keys: report.keys)
                    row.cost = report.converted[sum.groupBytes].map { NanoUSD($0).description }
                    return row
                },
                total: UsageRowView(report.total, groupedBy: [], keys: report.keys)
            )
            view.currency = report.currency
            view.total.cost = report.convertedTotal.map { NanoUSD($0).description }
            return try AdminAnswer(view)
        }
    }

    private static func grouping(_ text: String) throws(AdminRefusal) -> [UsageDimension] {
        var grouping: [UsageDimension] = []
        guard text.utf8.count <= UsageEndpoints.longestGrouping else {
            throw .invalid("group_by is longer than all groupings together.", field: "group_by")
        }
        for name in text.split(separator: ",") {
            guard let group = UsageDimension(String(name)) else {
                throw .invalid(
                    "There is no grouping '\(name.prefix(40))'.",
                    field: "group_by",
                    hint: "There are: \(UsageDimension.plain.map(\.name).joined(separator: ", ")), tag:NAME."
                )
            }
            if !grouping.contains(group) { grouping.append(group) }
        }
        guard !grouping.contains(.team) || !grouping.contains(.key) else {
            throw .invalid(
                "Group by key or by team, not by both.",
                field: "group_by",
                hint: "Groups by key name the key's team."
            )
        }
        return grouping
    }

    private var export: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/usage/export",
            id: "exportUsage",
            tag: "usage",
            "Every attempt of the ledger, one line each, streamed; the same fields as the traffic log.",
            access: .role(.viewer),
            forTeams: true,
            parameters: UsageEndpoints.filters + [
                .init(name: "format", schema: .oneOf(["jsonl", "csv"]), about: "Default jsonl.")
            ],
            outcomes: [
                .init(status: 200, about: "The lines.", schema: .any, mediaType: "application/x-ndjson"),
                .init(status: 200, about: "The lines, with format=csv.", schema: .string, mediaType: "text/csv"),
                .error(404, "The team has no such key."), .error(422, "A parameter does not fit."),
            ]
        ) { [self] call throws(AdminRefusal) in
            let filter = try await filter(call)
            let format = call.query["format"] ?? "jsonl"
            guard format == "jsonl" || format == "csv" else {
                throw .invalid("format must be jsonl or csv.", field: "format")
            }
            let isCSV = format == "csv"
            // The first page is read before the answer begins, so that a store that is down is an error, not a cut answer.
            let first = try await refusing { () async throws(ControlError) in try await control.usageExport(filter) }
            let cursor = Mutex<ExportCursor>(.first(first))
            return AdminAnswer(mediaType: isCSV ? "text/csv; charset=utf-8" : "application/x-ndjson") {
                let page: UsagePage
                var text = ""
                switch cursor.withLock({ $0 }) {
                case .first(let known):
                    page = known
                    if isCSV { text = TrafficLine.csvHeader + "\r\n" }
                case .after(let row): page = try await control.usageExport(filter, after: row)
                case .end: return nil
                }
                cursor.withLock { $0 = page.next.map { .after($0) } ?? .end }
                for line in page.lines { text += isCSV ? line.csv + "\r\n" : line.json + "\n" }
                return Array(text.utf8)
            }
        }
    }

    private enum ExportCursor: Sendable {
        case first(UsagePage)
        case after(Int64)
        case end
    }
}
