// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceRelease
import Synchronization

/// What outlives a snapshot: the indices by which loops know targets and rollouts, and the counts over all loops.
struct LiveTables {
    private(set) var targets: TargetTable
    private(set) var health: HealthTable
    private(set) var limits = LimitTable()
    var rollouts: WatchTable
    var spending = SpendingMeters()
    /// What conversations began with.
    private(set) lazy var choices = ChoiceMemory()
    private let pins: PinTable
    private var keys: [KeyID: InFlightCount] = [:]
    private var versions: [VersionID: VersionLive] = [:]
    private var keysBefore: [KeyID: InFlightCount] = [:]
    private var versionsBefore: [VersionID: VersionLive] = [:]
    private let loops: Int

    /// - Parameter loops: how many event loops there are.
    init(loops: Int, pins: PinTable, brakePatience: Duration, logger: Logger) {
        self.pins = pins
        self.loops = loops
        targets = TargetTable(logger: logger)
        health = HealthTable(loops: loops)
        rollouts = WatchTable(patience: brakePatience)
    }

    /// Begins a new snapshot.
    mutating func begin() {
        targets.begin()
        health.begin()
        (keysBefore, keys) = (keys, [:])
        (versionsBefore, versions) = (versions, [:])
    }

    /// What the new snapshot has not asked for is forgotten.
    mutating func end() {
        keysBefore = [:]
        versionsBefore = [:]
    }

    /// A key's requests in flight.
    mutating func count(of key: KeyID) -> InFlightCount {
        let count = keys[key] ?? keysBefore[key] ?? InFlightCount()
        keys[key] = count
        return count
    }

    mutating func live(_ version: VersionID) -> VersionLive {
        let live = versions[version] ?? versionsBefore[version] ?? VersionLive(loops: loops)
        versions[version] = live
        return live
    }

    func setMeanLatencies(_ times: [VersionID: Int64]) {
        for (version, live) in versions {
            live.meanLatency.store(UInt64(clamping: times[version] ?? 0), ordering: .relaxed)
        }
    }

    mutating func indices(
        of version: Version,
        _ model: String,
        at provider: Provider,
        pepper: Secret<[UInt8]>
    ) -> TargetIndices {
        let account = Pin.fingerprint(of: provider, pepper: pepper)
        let place = PinTable.Place(version: version.id, provider: provider.id, account: account)
        let known = health.index(of: model, at: provider)
        let adapts = version.settings.adaptsConcurrency
        return TargetIndices(
            pool: targets.index(of: provider),
            health: known.index,
            credential: known.credential,
            limit: adapts ? limits.index(of: version.id, at: known.index, provider: provider.id, model: model) : nil,
            breakers: health.breakers[known.index],
            pins: pins.number(of: place),
            account: account
        )
    }
}
