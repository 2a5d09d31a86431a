// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease
import SluiceStore

/// Reads of the ledger that are for people; they take no turn of the control plane's.
struct LedgerReading: Sendable {
    let store: any LedgerStore

    /// Entries read of each version at most.
    private static let limit = 20_000
    private static let page = 1_000
    /// Seconds looked back at most.
    private static let longest: Int64 = 3_600

    /// The failures of both arms in the last hour of a rollout, or as much of it as is quickly read; always the same time of
    /// both.
    func faults(
        of record: RolloutRecord,
        keys: [CallerKey],
        now: Timestamp
    ) async throws(ControlError) -> FaultReport? {
        guard let started = record.state.startedAt else { return nil }
        let end = record.state.isOpen ? now : record.updatedAt.advanced(bySeconds: 5)
        let production = (record.state.production ?? []).map(\.version)
        let baselines = production.isEmpty ? [record.state.baseline].compactMap { $0 } : production
        let begin = Timestamp(nanoseconds: started.multipliedReportingOverflow(by: 1_000_000_000).partialValue)
        var seconds = LedgerReading.longest
        while true {
            let from = max(end.advanced(bySeconds: -seconds), begin)
            var report = FaultReport(canary: record.state.canary, keys: keys)
            var isWhole = true
            for version in baselines + [record.state.canary] where isWhole {
                isWhole = try await read(LedgerFilter(from: from, until: end, version: version)) { report.count($0) }
            }
            // Too much to read: a shorter time, up to the end.
            if isWhole || seconds <= 10 { return report }
            seconds /= 6
        }
    }

    /// The recorded requests of some versions in the last hour; as far as they are quickly read, the newest of them.
    func requests(of versions: [VersionID], now: Timestamp) async throws(ControlError) -> [SelfTest.Request] {
        var seconds = LedgerReading.longest
        while true {
            let from = now.advanced(bySeconds: -seconds)
            var requests: [SelfTest.Request] = []
            var isWhole = true
            for version in versions where isWhole {
                isWhole = try await read(LedgerFilter(from: from, version: version)) { row in
                    if let request = SelfTest.Request(row) { requests.append(request) }
                }
            }
            if isWhole || seconds <= 60 { return requests }
            seconds /= 2
        }
    }

    /// - Returns: Whether all entries were read.
    private func read(
        _ filter: LedgerFilter,
        _ body: (LedgerRow) -> Void
    ) async throws(ControlError) -> Bool {
        var after: Int64 = 0
        var left = LedgerReading.limit
        while left > 0 {
            let page: [LedgerRow]
            do throws(StoreError) {
                page = try await store.ledger(filter, after: after, limit: LedgerReading.page)
            } catch {
                throw ControlError(.unavailable(error.message))
            }
            for row in page { body(row) }
            guard let last = page.last, page.count == LedgerReading.page else { return true }
            after = last.row
            left -= page.count
        }
        return false
    }
}

extension ControlPlane {
    /// The recorded requests of a route's production of the last hour, to be split into two arms that are the same.
    package nonisolated func selfTest(_ question: SelfTest.Question) async throws(ControlError) -> SelfTest {
        let catalogue = await current
        guard let route = catalogue.route(named: question.route.rawValue) else {
            throw ControlError(
                .notFound,
                "There is no route \"\(question.route)\".",
                hint: "\(AdminHint.listRoutes) lists them all.",
                details: .list("routes", catalogue.definitions.routes.map(\.id.rawValue))
            )
        }
        var question = question
        question.route = route.id
        let serving = catalogue.production(of: route.id).filter { $0.release.weight > .none }.map(\.id)
        let requests = try await LedgerReading(store: store).requests(of: serving, now: now())
        return try SelfTest(question, requests)
    }
}
