// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceStore

/// What sums over the ledger may be grouped by.
package enum UsageDimension: Sendable, Hashable {
    case day, key, team, route, version, provider, model, endUser, tags
    /// What tags say of a name.
    case tag(String)

    /// All but those of single tags.
    package static let plain: [UsageDimension] = [
        .day, .key, .team, .route, .version, .provider, .model, .endUser, .tags,
    ]

    /// `day`, `tag`, `tag:team`.
    package init?(_ text: String) {
        if let plain = UsageDimension.plain.first(where: { $0.name == text }) {
            self = plain
            return
        }
        guard text.hasPrefix("tag:"), case let name = text.dropFirst(4), (1...64).contains(name.utf8.count),
            name.unicodeScalars.allSatisfy({
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789_.-".unicodeScalars.contains($0))
            })
        else { return nil }
        self = .tag(String(name))
    }

    package var name: String {
        switch self {
        case .team: "team"
        default: grouping.name
        }
    }

    /// What the ledger itself knows of it: a team by its keys.
    fileprivate var grouping: UsageGrouping {
        switch self {
        case .day: .day
        case .key, .team: .key
        case .route: .route
        case .version: .version
        case .provider: .provider
        case .model: .model
        case .endUser: .endUser
        case .tags: .tags
        case .tag(let name): .tag(name)
        }
    }
}

/// Sums over the ledger, and all of it together, as of one moment.
package struct UsageReport: Sendable {
    /// A group's values stand in the order asked for; empty where an entry had none.
    package var groups: [UsageSum]
    package var total: UsageSum
    /// When the first request began of those taken in; absent without any.
    package var since: Timestamp?
    /// Names and teams of the keys that are known.
    package var keys: [KeyID: KeyName]
    /// The currency asked for, where it is not the US dollar.
    package var currency: String?
    /// The groups' cost in it, and that of all, in billionths of its unit: each day at its own rate, rounded once.
    package var converted: [[[UInt8]]: Int64] = [:]
    package var convertedTotal: Int64?

    package struct KeyName: Sendable, Equatable {
        package var name: String
        package var team: String?
    }
}

/// A page of the usage export.
package struct UsagePage: Sendable {
    /// One line per attempt, in the order the ledger took them in.
    package var lines: [TrafficLine]
    /// Where the next page begins; absent at the end.
    package var next: Int64?
}

extension ControlPlane {
    /// Sums over the ledger; the total is the sum of the groups, but for requests that have attempts in several.
    package func usage(
        _ filter: LedgerFilter,
        groupedBy dimensions: [UsageDimension],
        in currency: String? = nil
    ) async throws(ControlError) -> UsageReport {
        var keys: [KeyID: UsageReport.KeyName] = [:]
        for key in catalogue.keys { keys[key.id] = UsageReport.KeyName(name: key.name, team: key.team) }
        let sums: [[UsageSum]]
        do throws(StoreError) {
            let grouping = dimensions.map(\.grouping)
            let daily = currency == nil ? [] : [grouping + [.day]]
            sums = try await store.usage(filter, groupedByEach: [grouping, []] + daily)
        } catch {
            throw ControlError(.unavailable(error.message))
        }
        var groups = sums.first ?? []
        if let team = dimensions.firstIndex(of: .team) { groups = ControlPlane.byTeam(groups, at: team, keys) }
        var report = UsageReport(
            groups: groups,
            total: sums.dropFirst().first?.first ?? UsageSum(emptyOf: []),
            since: try await usageExport(filter, limit: 1).lines.first?.at,
            keys: keys
        )
        if let currency {
            try convert(&report, of: sums.last ?? [], to: currency, team: dimensions.firstIndex(of: .team))
        }
        return report
    }

    /// Adds what groups cost in a currency, of the sums of each of their days.
    private func convert(
        _ report: inout UsageReport,
        of days: [UsageSum],
        to currency: String,
        team: Int?
    ) throws(ControlError) {
        let book = CurrencyBook(catalogue.currencyRates)
        var sums: [[[UInt8]]: CurrencyBook.Sum] = [:]
        var total = CurrencyBook.Sum()
        for day in days {
            var group = Array(day.group.dropLast())
            let text = day.group.last ?? ""
            if let team { group[team] = KeyID(group[team]).flatMap { report.keys[$0]?.team } ?? "" }
            guard let moment = Timestamp(text), let rate = book.billionthsPerUSD(currency, at: moment) else {
                throw ControlError(
                    .invalid,
                    "There is no rate of \(currency.prefix(8)) for \(text).",
                    hint:
                        "Currencies with rates: \(book.currencies.joined(separator: ", ")). Set one with `sluice currency set`."
                )
            }
            sums[group.map { Array($0.utf8) }, default: CurrencyBook.Sum()].add(day.cost, billionthsPerUSD: rate)
            total.add(day.cost, billionthsPerUSD: rate)
        }
        report.currency = currency
        report.converted = sums.compactMapValues(\.billionths)
        report.convertedTotal = total.billionths
    }

    /// Puts the groups of a team's keys together: a request has one key, so that no request counts twice.
    private static func byTeam(
        _ groups: [UsageSum],
        at position: Int,
        _ keys: [KeyID: UsageReport.KeyName]
    ) -> [UsageSum] {
        var indices: [[String]: Int] = [:]
        var merged: [UsageSum] = []
        for var group in groups {
            group.group[position] = KeyID(group.group[position]).flatMap { keys[$0]?.team } ?? ""
            if let known = indices[group.group] {
                merged[known] = merged[known].adding(group)
            } else {
                indices[group.group] = merged.count
                merged.append(group)
            }
        }
        return merged.sorted { left, right in
            left.group.lexicographicallyPrecedes(right.group) { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        }
    }

    /// The keys that an id or a name means: a name may be that of several, as after a rotation.
    package func keys(named text: String) async throws(ControlError) -> [KeyID] {
        if let key = catalogue.keys.first(where: { $0.id.rawValue == text }) { return [key.id] }
        let named = catalogue.keys.filter { $0.name == text }
        if !named.isEmpty { return named.map(\.id) }
        // A key that is gone may have left entries.
        if let id = KeyID(text), try await !usageExport(LedgerFilter(keys: [id]), limit: 1).lines.isEmpty {
            return [id]
        }
        let names = catalogue.keys.map(\.name)
        throw ControlError(
            .invalid,
            "There is no key \"\(text.prefix(140))\".",
            hint: names.isEmpty
                ? "There are no keys."
                : RegisterVersion.choice("keys", of: Array(Set(names)).sorted(), nearestTo: text)
        )
    }

    /// A page of attempts from the ledger, after a cursor.
    ///
    /// - Parameter limit: 1…10 000.
    package func usageExport(
        _ filter: LedgerFilter,
        after cursor: Int64 = 0,
        limit: Int = 1_000
    ) async throws(ControlError) -> UsagePage {
        guard (1...10_000).contains(limit) else { throw ControlError(.invalid, "limit must be from 1 to 10000.") }
        let rows: [LedgerRow]
        do throws(StoreError) {
            rows = try await store.ledger(filter, after: max(0, cursor), limit: limit)
        } catch {
            throw ControlError(.unavailable(error.message))
        }
        return UsagePage(lines: rows.map { TrafficLine($0) }, next: rows.count == limit ? rows.last?.row : nil)
    }
}
