// SPDX-License-Identifier: Apache-2.0
package import Logging
package import SluiceCore
package import SluiceRelease
package import SluiceStore

/// The one owner of all changes: decides on what is known, commits with the audit entry, publishes.
///
/// Changes run one after the other. Each is decided purely, committed in one transaction, and handed to the data plane
/// as a new ``Snapshot`` before the call returns.
package actor ControlPlane {
    /// This node's name, as the store knows it.
    package nonisolated let node: String
    let store: any Store
    let pepper: Secret<[UInt8]>
    let metrics: VersionStatistics
    let log: Logger
    nonisolated let now: @Sendable () -> Timestamp
    /// Where evidence comes in, and the clock of the blocks.
    package nonisolated let inbox: EvidenceInbox
    /// What it amounts to; knows what is to be watched.
    nonisolated let tallies: RolloutTallies
    /// What readers see of it.
    package nonisolated let readings = RolloutReadings()
    /// Where plans are rehearsed.
    package nonisolated let rehearsals = RehearsalRoom()
    /// Tells followers what happens to rollouts.
    package nonisolated let feed = RolloutFeed()
    /// Providers whose credentials do not open.
    package nonisolated let credentialFaults = CredentialFaults()
    /// Where alerts go, and how that goes.
    package nonisolated let alerts: AlertChannels
    nonisolated var channels: [AlertChannel] { alerts.channels }
    /// How every target does, as this node sees it.
    let targets: @Sendable () -> [TargetState]
    /// Where the data plane's budgets stand.
    nonisolated let spending: SpendingPort
    /// Takes the mean times of versions' answers, in nanoseconds, to the data plane.
    nonisolated let setLatencies: @Sendable ([VersionID: Int64]) -> Void
    /// By ``noteUse(of:at:)``.
    var quietBudgets: [BudgetID: QuietBudget] = [:]
    private let publish: @Sendable (Snapshot, [RolloutWatch]) async -> Void
    var random: any RandomNumberGenerator & Sendable
    private(set) var catalogue: Catalogue
    private var publishedEpoch: Int64 = -1
    /// Price cards that the store keeps already.
    private var keptCards: Set<Int64> = []
    private let turn = AsyncMutex()
    /// When each session was used last, since this node's start.
    var seen: [AdminPassID: Timestamp] = [:]

    /// A control plane that has not started yet; call ``start()`` before anything else.
    ///
    /// - Parameters:
    ///   - node: The node's name: what it does is marked with it in the store.
    ///   - now: Wall-clock time for records.
    ///   - inbox: Where the data plane hands up its evidence; without one, an inbox on the wall clock.
    ///   - alerts: Where alerts go; each channel gets a message in the outbox for the news it wants.
    ///   - publish: Takes a new snapshot, and what is to be watched, to every event loop; called in the order of epochs.
    package init(
        node: String = "node",
        store: any Store,
        definitions: Definitions,
        pepper: Secret<[UInt8]>,
        metrics: VersionStatistics,
        log: Logger,
        now: @escaping @Sendable () -> Timestamp,
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        inbox: EvidenceInbox? = nil,
        alerts: AlertChannels = AlertChannels(),
        targets: @escaping @Sendable () -> [TargetState] = { [] },
        spending: SpendingPort = SpendingPort(),
        setLatencies: @escaping @Sendable ([VersionID: Int64]) -> Void = { _ in },
        publish: @escaping @Sendable (Snapshot, [RolloutWatch]) async -> Void
    ) {
        self.node = node
        self.store = store
        self.pepper = pepper
        self.metrics = metrics
        self.log = log
        self.now = now
        self.random = random
        self.inbox = inbox ?? EvidenceInbox(seconds: { now().nanoseconds / 1_000_000_000 })
        tallies = RolloutTallies(inbox: self.inbox, readings: readings)
        self.alerts = alerts
        self.targets = targets
        self.spending = spending
        self.setLatencies = setLatencies
        self.publish = publish
        catalogue = Catalogue(definitions, StoredState())
    }

    /// The snapshot in force.
    package var snapshot: Snapshot { catalogue.snapshot(pepper: pepper) }

    /// The revision in force; grows with every change.
    package var epoch: Int64 { catalogue.state.revision }

    /// Everything a reader may look at, as of one moment.
    package var current: Catalogue { catalogue }

    // MARK: Changing

    /// Decides and commits one change; decides again where somebody else was faster.
    ///
    /// - Parameter definitions: Others than those in force: what is decided on, and in force once the change is committed.
    func change<Answer>(
        adopting definitions: Definitions? = nil,
        _ decide: (Catalogue) throws(ControlError) -> Decision<Answer>
    ) async throws(ControlError) -> Answer {
        do throws(ChangeFault) { return try await transact(adopting: definitions, decide) } catch { throw error.shown }
    }

    /// Decides and commits one change; under a lease nothing happens where another node has that by now.
    func change<Answer>(
        under lease: Lease?,
        _ decide: (Catalogue) throws(ControlError) -> Decision<Answer>
    ) async throws(ChangeFault) -> Answer {
        try await transact(under: lease, decide)
    }

    /// The one way a change is made: decide on what is known, commit with the alerts that follow, publish, report.
    private func transact<Answer>(
        adopting definitions: Definitions? = nil,
        under lease: Lease? = nil,
        _ decide: (Catalogue) throws(ControlError) -> Decision<Answer>
    ) async throws(ChangeFault) -> Answer {
        await turn.lock()
        defer { turn.unlock() }
        for attempt in 0..<ControlPlane.tries {
            let former: Catalogue
            let seen: Catalogue
            var decision: Decision<Answer>
            do throws(ControlError) {
                if attempt > 0, definitions == nil { try await follow() }
                former = definitions == nil ? catalogue : Catalogue(catalogue.definitions, try await stored())
                seen = definitions.map { Catalogue($0, former.state) } ?? former
                decision = try decide(seen)
            } catch {
                throw .refused(error)
            }
            guard !decision.changes.isEmpty || !decision.audit.isEmpty else {
                if definitions != nil { await adopt(seen) }
                return decision.answer
            }
            if definitions != nil || decision.changes.contains(where: \.movesTraffic) {
                let next = seen.applying(decision.changes, revision: seen.state.revision)
                decision.changes += next.servingAlerts(since: former, to: channels, at: now())
            }
            do throws(StoreError) {
                let revision = try await store.commit(
                    decision.changes,
                    audit: decision.audit,
                    expecting: seen.state.revision,
                    under: lease
                )
                if lease == nil { await tallies.noteLogs(of: decision.changes) }
                await adopt(seen.applying(decision.changes, revision: revision))
                for draft in decision.audit { report(draft) }
                feed.publish(decision.news)
                if decision.changes.contains(where: \.isMessage) { alerts.wakeAll() }
                return decision.answer
            } catch {
                switch error.code {
                case .conflict: continue
                case .logMoved: throw .logMoved
                case .leaseLost: throw .leaseLost
                case .unavailable, .unusable: throw .refused(ControlError(.unavailable(error.message)))
                }
            }
        }
        throw .refused(ControlError(.conflict))
    }

    /// Reads the stored state again and publishes it where it is newer: what another node changed.
    package func refresh() async throws(ControlError) {
        await turn.lock()
        defer { turn.unlock() }
        try await follow()
    }

    private static let tries = 16

    private func follow() async throws(ControlError) {
        let next: StoredState?
        do throws(StoreError) {
            next = try await store.changes(after: catalogue.state.revision)
        } catch {
            throw ControlError(.unavailable(error.message))
        }
        if let next { await adopt(Catalogue(catalogue.definitions, next)) }
    }

    private func stored() async throws(ControlError) -> StoredState {
        do throws(StoreError) {
            return try await store.state()
        } catch {
            throw ControlError(.unavailable(error.message))
        }
    }

    private func adopt(_ next: Catalogue) async {
        catalogue = next
        await keepCards(of: next)
        guard next.state.revision >= publishedEpoch else { return }
        publishedEpoch = next.state.revision
        let watches = await tallies.follow(followed(in: next))
        for fault in credentialFaults.take(next.credentialFaults) {
            log.error(
                "a provider is not served: its requests get 503",
                metadata: ["sluice.provider": "\(fault.provider)", "sluice.reason": "\(fault.reason)"]
            )
        }
        await publish(next.snapshot(pepper: pepper), watches)
    }

    /// Has the store keep the terms by which attempts will be charged, before they are.
    ///
    /// A store that is down is asked again with the next change: entries that name a card it lacks are found by the check of
    /// the ledger.
    private func keepCards(of next: Catalogue) async {
        let fresh = next.servedCards(at: now()).filter { !keptCards.contains($0.number) }
        guard !fresh.isEmpty else { return }
        do throws(StoreError) {
            try await store.keep(fresh)
            keptCards.formUnion(fresh.map(\.number))
        } catch {
            log.warning("price cards are not kept yet", metadata: ["error": "\(error)"])
        }
    }

    /// Publishes again what is in force: the limits of a watch have changed.
    func publishWatches() async {
        await turn.lock()
        defer { turn.unlock() }
        guard publishedEpoch >= 0 else { return }
        let watches = await tallies.watches
        await publish(catalogue.snapshot(pepper: pepper), watches)
    }

    private func report(_ draft: AuditDraft) {
        log.notice(
            "changed",
            metadata: [
                "sluice.audit.action": "\(draft.action)",
                "sluice.audit.subject": "\(draft.subject)",
                "sluice.audit.actor": "\(draft.actor)",
            ]
        )
    }
}

extension StoreChange {
    fileprivate var isMessage: Bool {
        if case .enqueue = self { true } else { false }
    }

    /// Whether the traffic of a route may go elsewhere with it.
    fileprivate var movesTraffic: Bool {
        switch self {
        case .insertVersion, .setRelease: true
        case .putKey, .putTeam, .removeTeam, .putUser, .removeUser, .putPass, .removePass, .putSecret, .removeSecret,
            .putPrice,
            .putModel, .setSetting, .putRollout, .enqueue, .appendEvidence, .adjustBudget:
            false
        }
    }
}
