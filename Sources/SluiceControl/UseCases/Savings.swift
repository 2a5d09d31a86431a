// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceRelease
import SluiceStore

/// What a stretch of the ledger would have cost, had a policy chosen for each of its requests.
package struct SavingsReport: Sendable {
    package var from: Timestamp
    package var until: Timestamp
    package var routes: [RouteSavings]
    /// The ledger has more rows than are read at once: these are the first.
    package var isPartial: Bool
}

/// A route's part of it; amounts are nano-dollars of the requests that could be weighed.
package struct RouteSavings: Sendable {
    package var route: RouteID
    /// Those of the route, or those asked for.
    package var tier: RequestTier
    /// Requests that were weighed.
    package var requests: Int64 = 0
    /// Requests whose cost or usage is not known, or which no candidate has a price for.
    package var skipped: Int64 = 0
    package var current: [VersionID: Part] = [:]
    package var optimal: [VersionID: Part] = [:]
    package var moves: [Move] = []
    /// What was spent on shadows and judges.
    package var overhead: Int64 = 0

    package struct Part: Sendable, Equatable {
        package var requests: Int64 = 0
        package var cost: Int64 = 0
    }

    /// Requests of one version that another would have served.
    package struct Move: Sendable, Equatable {
        package var from: VersionID
        package var to: VersionID
        package var requests: Int64
        /// What they cost, and what they would have cost.
        package var cost: Int64
        package var costThen: Int64
        package var qualityFrom: Double?
        package var qualityTo: Double?
        /// Output tokens of the other for one of the first, by what both answered in the same time; absent where too few did,
        /// and equal length is assumed.
        package var outputRatio: Double?
    }

    package var spent: Int64 { current.values.reduce(0) { $0.addingHeld($1.cost) } }
    package var spentThen: Int64 { optimal.values.reduce(0) { $0.addingHeld($1.cost) } }
}

extension ControlPlane {
    /// Rows of the ledger that one report reads at most.
    package static let savingsRows = 1_000_000

    /// What each route's policy, or one for all of them, would have made of the requests in a stretch of time.
    ///
    /// Every request costs what the price card of its day says for its own tokens; where both versions answered often enough, the
    /// other's output is taken to be as much longer or shorter as it was in that time. Nothing is sent.
    package func savings(
        from: Timestamp,
        until: Timestamp,
        route name: String? = nil,
        tier: RequestTier? = nil,
        maxRows: Int = ControlPlane.savingsRows
    ) async throws(ControlError) -> SavingsReport {
        guard from < until else { throw ControlError(.invalid, "until must be later than from.") }
        let routes = try weighed(name)
        let lengths = try await outputLengths(from: from, until: until)
        var tallies: [RouteID: SavingsTally] = [:]
        for route in routes {
            let versions = candidates(of: route)
            guard versions.count > 1 else { continue }
            tallies[route.id] = SavingsTally(route, versions, self, tier: tier, lengths)
        }
        var cursor: Int64 = 0
        var read = 0
        var filter = LedgerFilter(from: from, until: until)
        if routes.count == 1 { filter.route = routes[0].id }
        while !tallies.isEmpty, read < maxRows {
            let rows: [LedgerRow]
            do throws(StoreError) {
                rows = try await store.ledger(filter, after: cursor, limit: 1_000)
            } catch {
                throw ControlError(.unavailable(error.message))
            }
            for row in rows {
                if let id = row.route { tallies[id]?.add(row) }
            }
            read += rows.count
            guard rows.count == 1_000, let last = rows.last else { break }
            cursor = last.row
        }
        return SavingsReport(
            from: from,
            until: until,
            routes: routes.compactMap { tallies[$0.id]?.report },
            isPartial: read >= maxRows
        )
    }

    private func weighed(_ name: String?) throws(ControlError) -> [Route] {
        guard let name else { return catalogue.definitions.routes }
        return [try namedRoute(name)]
    }

    /// Those a route chooses among; where it does not choose, all that take traffic or could at once.
    private func candidates(of route: Route) -> [Version] {
        if route.choose != nil { return catalogue.candidates(of: route) }
        return catalogue.versions.filter {
            $0.route == route.id && ($0.release.state == .production || $0.release.state == .canary)
        }
    }

    /// Mean output tokens of the versions that answered at least 100 times.
    private func outputLengths(
        from: Timestamp,
        until: Timestamp
    ) async throws(ControlError) -> [VersionID: (tokens: Int64, requests: Int64)] {
        let sums: [UsageSum]
        do throws(StoreError) {
            let filter = LedgerFilter(from: from, until: until)
            sums = try await store.usage(filter, groupedByEach: [[.version]]).first ?? []
        } catch {
            throw ControlError(.unavailable(error.message))
        }
        var lengths: [VersionID: (tokens: Int64, requests: Int64)] = [:]
        for sum in sums where sum.requests >= 100 {
            if let id = VersionID(sum.group.first ?? "") {
                lengths[id] = (sum.outputTokens, sum.requests)
            }
        }
        return lengths
    }
}

/// Adds the requests of one route up; what it knows of prices and scores is of one moment.
private struct SavingsTally {
    private(set) var report: RouteSavings
    private let wish: VersionChoice.Wish
    private let versions: [Version]
    private let cards: [PriceBook.Cards]
    private let qualities: [VersionID: Double]
    private let lengths: [VersionID: (tokens: Int64, requests: Int64)]
    /// By the day, at the prices of the first request of it that is looked at.
    private var rules: [Int64: ChoiceRule] = [:]
    private let isAsked: Bool

    init(
        _ route: Route,
        _ versions: [Version],
        _ control: isolated ControlPlane,
        tier: RequestTier?,
        _ lengths: [VersionID: (tokens: Int64, requests: Int64)]
    ) {
        let policy = route.choose ?? RoutingPolicy()
        isAsked = tier != nil
        var wish = policy.wish
        wish.tier = tier ?? wish.tier
        self.wish = wish
        report = RouteSavings(route: route.id, tier: wish.tier)
        self.versions = versions
        cards = versions.map { control.cards(of: $0) }
        qualities = versions.reduce(into: [:]) { $0[$1.id] = control.quality(of: $1) }
        self.lengths = lengths
    }

    mutating func add(_ row: LedgerRow) {
        guard row.attempt.purpose.isForCaller else {
            report.overhead = report.overhead.addingHeld(row.amount?.rawValue ?? 0)
            return
        }
        // What failed, and what another attempt took the place of, was not chosen for.
        guard row.attempt.errorClass == nil, row.endpoint.operation.isBilled else { return }
        guard let usage = row.attempt.usage, let cost = row.amount?.rawValue,
            let place = choice(of: row), let then = costThen(usage, row, place)
        else {
            report.skipped += 1
            return
        }
        let from = row.attempt.version
        let to = versions[place].id
        report.requests += 1
        report.current[from, default: .init()].add(cost)
        report.optimal[to, default: .init()].add(to == from ? cost : then)
        guard to != from else { return }
        if let known = report.moves.firstIndex(where: { $0.from == from && $0.to == to }) {
            report.moves[known].requests += 1
            report.moves[known].cost = report.moves[known].cost.addingHeld(cost)
            report.moves[known].costThen = report.moves[known].costThen.addingHeld(then)
        } else {
            report.moves.append(
                RouteSavings.Move(
                    from: from,
                    to: to,
                    requests: 1,
                    cost: cost,
                    costThen: then,
                    qualityFrom: qualities[from],
                    qualityTo: qualities[to],
                    outputRatio: ratio(from, to)
                )
            )
        }
    }

    private mutating func choice(of row: LedgerRow) -> Int? {
        let day = row.requestStartedAt.nanoseconds / 86_400_000_000_000
        let rule =
            rules[day]
            ?? ChoiceRule(
                of: versions.indices.map { (versions[$0].id, cards[$0], qualities[versions[$0].id]) },
                at: row.requestStartedAt
            )
        rules[day] = rule
        let standings = row.choice?.standings ?? VersionChoice.Standings()
        return rule.choose(isAsked ? wish : row.choice?.wish ?? wish, standings)?.place
    }

    /// What another version would have cost for a request's tokens.
    private func costThen(_ usage: Usage, _ row: LedgerRow, _ place: Int) -> Int64? {
        var usage = usage
        let (from, to) = (row.attempt.version, versions[place].id)
        if from != to, let one = lengths[from], let other = lengths[to], one.tokens > 0 {
            let product = Int128(usage.output) * Int128(other.tokens) * Int128(one.requests)
            let divisor = Int128(one.tokens) * Int128(other.requests)
            usage.output = Int64(clamping: (product + divisor / 2) / divisor)
            usage.reasoning = min(usage.reasoning, usage.output)
        }
        return cards[place].cost(of: usage, at: row.requestStartedAt).cost.known?.rawValue
    }

    private func ratio(_ from: VersionID, _ to: VersionID) -> Double? {
        guard let one = lengths[from], let other = lengths[to], one.tokens > 0 else { return nil }
        return (Double(other.tokens) / Double(other.requests)) / (Double(one.tokens) / Double(one.requests))
    }
}

extension RouteSavings.Part {
    fileprivate mutating func add(_ amount: Int64) {
        requests += 1
        cost = cost.addingHeld(amount)
    }
}
