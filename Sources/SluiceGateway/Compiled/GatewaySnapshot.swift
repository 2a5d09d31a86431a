// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// A snapshot compiled for requests: names to routes, hashes to keys, bytes ready to send.
///
/// Made once, shared by all loops.
final class GatewaySnapshot: Sendable {
    let epoch: Int64
    let keys: CompiledKeys
    /// Where providers are, by the index that their pools have on every loop; absent where no version uses it.
    let targets: [ProviderTarget?]
    /// What is known of each target, by the index that its health has on every loop.
    let breakers: [TargetBreakers]
    /// Of the adaptive limits, by the index that they have on every loop.
    let limits: [LimitSum]
    /// Where the rollouts that are watched stand in each loop's table.
    let watched: [Int]
    let routes: RouteTable
    /// How often a body may be in memory at the same time: as it came, as it is sent, and enciphered.
    let copiesOfBody: Int
    /// Where what providers keep is asked for, by the number of ``PinTable``.
    let pinned: [UInt32: PinnedPlace]
    /// Its routes, each once.
    let distinctRoutes: [CompiledRoute]
    /// Limits and budgets.
    let rules: SpendingRuleSet
    /// Absent where no machine may show a token in the place of a key.
    let machines: MachineTable?
    private let dialects: Dialects
    private let models: [String: CallerVoice.Model]
    private let names: [String]
    private let modelList: [UInt8]

    /// - Parameters:
    ///   - tables: what outlives this snapshot.
    ///   - watches: of the rollouts that are judged.
    ///   - now: from when on new budgets count; in nanoseconds of the loops' clock as well.
    init(
        _ snapshot: Snapshot,
        _ tables: inout LiveTables,
        watches: [RouteID: WatchTable.Entry] = [:],
        now: (wall: Timestamp, clock: UInt64) = (Timestamp(nanoseconds: 0), 0),
        userAgent: String,
        dialects: Dialects = Dialects()
    ) {
        epoch = snapshot.epoch
        watched = watches.values.map(\.index)
        tables.begin()
        defer { tables.end() }
        let gates = snapshot.gates.mapValues { CompiledGate($0, routes: snapshot.routes) }
        let rules = tables.spending.take(snapshot, now: now.wall, clock: now.clock)
        self.rules = rules
        machines = snapshot.machines.map { MachineTable($0) }
        keys = CompiledKeys(snapshot.keys, gates: gates, pepper: snapshot.pepper, rules: rules) { tables.count(of: $0) }
        let prices = PriceBook(cards: snapshot.prices, providers: snapshot.providers)
        let providers = Dictionary(snapshot.providers.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let versions = Dictionary(grouping: snapshot.versions, by: \.route)
        let all = Dictionary(snapshot.versions.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let cards = GatewaySnapshot.cards(snapshot.models)
        var routes: [String: CompiledRoute] = [:]
        var models: [String: CallerVoice.Model] = [:]
        var pinned: [UInt32: PinnedPlace] = [:]
        var distinctRoutes: [CompiledRoute] = []
        let choices = snapshot.routes.contains { $0.choose != nil } ? tables.choices : nil
        for route in snapshot.routes {
            let own = versions[route.id] ?? []
            let compiled = CompiledRoute(
                route,
                versions: own,
                all: all,
                watch: watches[route.id],
                rules: rules[.route, route.id.rawValue],
                choice: { policy, candidates in
                    choices.flatMap { CompiledChoice(policy, among: candidates, at: now.wall, remembering: $0) }
                }
            ) { version in
                let compiled = version.targets.compactMap { setting -> CompiledTarget? in
                    guard let provider = providers[setting.provider] else { return nil }
                    let model = setting.apiVersion ?? version.apiVersion
                    return CompiledTarget(
                        version,
                        at: setting,
                        of: provider,
                        on: route.id,
                        tables.indices(of: version, model, at: provider, pepper: snapshot.pepper),
                        in: CompiledTarget.Surroundings(
                            prices: prices,
                            card: cards[provider.id]?[model],
                            userAgent: userAgent,
                            dialects: dialects
                        )
                    )
                }
                return CompiledVersion(version, targets: compiled, rules: rules) { tables.live($0) }
            }
            distinctRoutes.append(compiled)
            for version in compiled.versions.compactMap(\.self) {
                for target in version.targets where pinned[target.pins] == nil {
                    pinned[target.pins] = PinnedPlace(route: compiled, version: version, target: target)
                }
            }
            let created = own.map(\.createdAt).min() ?? Timestamp(nanoseconds: 0)
            // A route's own name wins over another route's alias.
            for name in [route.id.rawValue] + route.aliases {
                let isOwn = name == route.id.rawValue
                if routes[name] != nil, !isOwn { continue }
                routes[name] = compiled
                models[name] = CallerVoice.Model(id: name, createdAt: created, ownedBy: "sluice")
            }
        }
        GatewaySnapshot.addNames(of: distinctRoutes, to: &routes)
        if let auto = routes[GatewaySnapshot.autoName], models[GatewaySnapshot.autoName] == nil {
            let created = versions[auto.id]?.map(\.createdAt).min() ?? Timestamp(nanoseconds: 0)
            models[GatewaySnapshot.autoName] = CallerVoice.Model(
                id: GatewaySnapshot.autoName,
                createdAt: created,
                ownedBy: "sluice"
            )
        }
        targets = tables.targets.current
        copiesOfBody = targets.contains { $0?.tls != nil } ? 3 : 2
        breakers = tables.health.breakers
        limits = tables.limits.sums
        self.routes = RouteTable(routes)
        self.models = models
        self.pinned = pinned
        self.distinctRoutes = distinctRoutes
        names = models.keys.sorted()
        self.dialects = dialects
        modelList = CallerVoice.standard.list(of: names.compactMap { models[$0] })
    }

    private static let autoName = "auto"

    /// The names by which a route that chooses is asked for a tier, as in `auto:economy`; and `auto` itself, where one route
    /// chooses and none is called so.
    private static func addNames(of all: [CompiledRoute], to routes: inout [String: CompiledRoute]) {
        let choosing = all.filter { $0.choice != nil }
        if choosing.count == 1, routes[autoName] == nil { routes[autoName] = choosing[0] }
        for (name, route) in routes where route.choice != nil {
            for tier in RequestTier.allCases where routes["\(name):\(tier.rawValue)"] == nil {
                routes["\(name):\(tier.rawValue)"] = route
            }
        }
    }

    /// Where a model has two cards, the later one that says something holds for that.
    private static func cards(_ models: [ModelCard]) -> [ProviderID: [String: ModelCard]] {
        models.reduce(into: [:]) { known, card in
            var card = card
            let former = known[card.provider]?[card.model]
            card.prefill = card.prefill ?? former?.prefill
            card.contextWindow = card.contextWindow ?? former?.contextWindow
            card.qualityScore = card.qualityScore ?? former?.qualityScore
            card.capabilities = card.capabilities ?? former?.capabilities
            known[card.provider, default: [:]][card.model] = card
        }
    }

    /// The answer that lists the models that a key may use.
    func modelListJSON(for dialect: Dialect, through gate: CompiledGate? = nil) -> [UInt8] {
        if dialect == .standard, gate == nil { return modelList }
        return dialects.voice(dialect).list(of: names(through: gate).compactMap { models[$0] })
    }

    /// The answer that shows one model, where a key may use it.
    func modelJSON(_ name: String, for dialect: Dialect, through gate: CompiledGate? = nil) -> [UInt8]? {
        guard shows(name, through: gate) else { return nil }
        return models[name].map { dialects.voice(dialect).json(of: $0) }
    }

    private func names(through gate: CompiledGate?) -> [String] {
        gate == nil ? names : names.filter { shows($0, through: gate) }
    }

    private func shows(_ name: String, through gate: CompiledGate?) -> Bool {
        guard let gate else { return true }
        let bytes = Array(name.utf8)
        // Safe because: bytes have no padding.
        return unsafe routes.find(bytes.span.bytes).map { gate.shows($0.id) } ?? false
    }

    /// The refusal of an unknown model, with the names nearest to it that the key may use.
    func modelNotFound(_ name: String, through gate: CompiledGate? = nil) -> Refusal {
        let names = names(through: gate)
        let shown = String(name.unicodeScalars.prefix(64).filter { $0.value >= 0x20 }.map(Character.init))
        let near = NearestNames.find(shown, among: names, count: 3)
        let hint =
            names.isEmpty
            ? "no route is configured"
            : "the nearest are \(near.map { "`\($0)`" }.joined(separator: ", ")); GET /v1/models lists all"
        return Refusal(.modelNotFound, "The model `\(shown)` does not exist; \(hint).", param: "model")
    }
}

/// Where something was made that a provider keeps, as it is reached now.
struct PinnedPlace {
    let route: CompiledRoute
    let version: CompiledVersion
    let target: CompiledTarget
}
