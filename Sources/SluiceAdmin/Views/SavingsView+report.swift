// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

extension SavingsView {
    init(_ report: SavingsReport) {
        self.init()
        from = report.from.description
        until = report.until.description
        isPartial = report.isPartial
        let seconds = max((report.until.nanoseconds - report.from.nanoseconds) / 1_000_000_000, 1)
        routes = report.routes.map { RouteSavingsView($0, seconds: seconds) }
    }
}

extension RouteSavingsView {
    fileprivate init(_ savings: RouteSavings, seconds: Int64) {
        self.init()
        let (spent, then) = (savings.spent, savings.spentThen)
        route = savings.route.rawValue
        tier = savings.tier.rawValue
        requests = savings.requests
        skipped = savings.skipped
        cost = NanoUSD(spent).description
        costThen = NanoUSD(then).description
        saved = NanoUSD(spent - then).description
        savedShare = spent > 0 ? Double(spent - then) / Double(spent) : nil
        monthly = NanoUSD.monthly(spent, of: seconds)
        monthlyThen = NanoUSD.monthly(then, of: seconds)
        overhead = NanoUSD(savings.overhead).description
        current = VersionShareView.list(savings.current)
        optimal = VersionShareView.list(savings.optimal)
        recommendations = savings.moves.filter { $0.cost > $0.costThen }
            .sorted { $0.cost - $0.costThen > $1.cost - $1.costThen }
            .map { RecommendationView($0, seconds: seconds) }
    }
}

extension VersionShareView {
    fileprivate static func list(_ parts: [VersionID: RouteSavings.Part]) -> [VersionShareView] {
        parts.sorted { ($1.value.cost, $0.key) < ($0.value.cost, $1.key) }.map { version, part in
            var view = VersionShareView()
            view.version = version.rawValue
            view.requests = part.requests
            view.cost = NanoUSD(part.cost).description
            return view
        }
    }
}

extension RecommendationView {
    fileprivate init(_ move: RouteSavings.Move, seconds: Int64) {
        self.init()
        from = move.from.rawValue
        to = move.to.rawValue
        requests = move.requests
        cost = NanoUSD(move.cost).description
        costThen = NanoUSD(move.costThen).description
        monthlySaving = NanoUSD.monthly(move.cost - move.costThen, of: seconds)
        qualityFrom = move.qualityFrom
        qualityTo = move.qualityTo
        assumption =
            move.outputRatio.map { "answers \(($0 * 100).rounded() / 100) times as long, as measured" }
            ?? "answers as long"
        check = "sluice validate --from \(from) --to \(to) --prompts FILE"
    }
}

extension NanoUSD {
    /// An amount of some seconds, stretched to 30 days and rounded down to a cent.
    fileprivate static func monthly(_ amount: Int64, of seconds: Int64) -> String {
        let stretched = Int128(amount) * 2_592_000 / Int128(seconds)
        return NanoUSD(Int64(clamping: stretched / 10_000_000 * 10_000_000)).description
    }
}
