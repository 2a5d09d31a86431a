// SPDX-License-Identifier: Apache-2.0

import Logging
import ServiceLifecycle
import SluiceCore
import SluiceStore

/// Reads the keys of the issuers whose tokens machines show, so that the data plane has them at hand.
///
/// They are kept in the store: a start without the issuer goes on with those that were known.
package final class IssuerKeyKeeper: Service {
    private let control: ControlPlane
    private let port: IssuerPort
    private let clock: any Clock<Duration>
    /// Issuers of which the data plane was shown a token of a key that is not known; each asked once.
    private let missed: @Sendable () -> Set<String>
    private static let interval: Duration = .seconds(5)

    package init(
        control: ControlPlane,
        port: IssuerPort,
        clock: any Clock<Duration> = ContinuousClock(),
        missed: @escaping @Sendable () -> Set<String>
    ) {
        self.control = control
        self.port = port
        self.clock = clock
        self.missed = missed
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var plan = KeyReadingPlan()
            while !Task.isCancelled {
                await self.look(&plan)
                try? await self.clock.sleep(for: IssuerKeyKeeper.interval)
            }
        }
    }

    /// Reads the keys of those whose turn it is.
    func look(_ plan: inout KeyReadingPlan) async {
        let issuers = await control.machineIssuers()
        guard !issuers.isEmpty else { return }
        let now = control.now()
        // At the same time: none waits for another that drags.
        await withTaskGroup(of: (MachineIssuer, (any Error)?).self) { group in
            for issuer in plan.due(issuers, missed: missed(), at: now) {
                group.addTask { (issuer, await self.read(issuer)) }
            }
            for await (issuer, error) in group {
                guard plan.note(issuer, isRead: error == nil), let error else { continue }
                control.log.warning(
                    "an issuer's keys cannot be read; those that are known go on",
                    metadata: ["sluice.issuer": "\(issuer.issuer)", "error": "\(error)"]
                )
            }
        }
    }

    private func read(_ issuer: MachineIssuer) async -> (any Error)? {
        do {
            let url: String
            if let given = issuer.keysURL {
                url = given
            } else {
                url = try await port.metadata(of: issuer.issuer).keysURL
            }
            try await control.keep(try await port.keys(at: url), of: issuer)
            return nil
        } catch {
            return error
        }
    }
}

/// When which issuer's keys are read; pure.
struct KeyReadingPlan {
    private struct Reading {
        var at: Timestamp
        var failed = false
    }

    private var readings: [String: Reading] = [:]
    /// Asked for, and not yet their turn.
    private var wanted: Set<String> = []

    private static let pause: Duration = .seconds(60)
    private static let freshness: Duration = .seconds(600)

    /// Those to read now: new ones, those read ten minutes ago, and after a minute those that failed or lack a key.
    mutating func due(_ issuers: [MachineIssuer], missed: Set<String>, at now: Timestamp) -> [MachineIssuer] {
        wanted.formUnion(missed)
        let due = issuers.filter { issuer in
            guard let last = readings[issuer.place] else { return true }
            let isWanted = last.failed || wanted.contains(issuer.issuer)
            return last.at.advanced(by: isWanted ? KeyReadingPlan.pause : KeyReadingPlan.freshness) <= now
        }
        for issuer in due {
            wanted.remove(issuer.issuer)
            readings[issuer.place] = Reading(at: now, failed: readings[issuer.place]?.failed ?? false)
        }
        return due
    }

    /// Notes how a reading went.
    ///
    /// - Returns: whether it is news.
    @discardableResult
    mutating func note(_ issuer: MachineIssuer, isRead: Bool) -> Bool {
        let wasFailed = readings[issuer.place]?.failed ?? false
        readings[issuer.place]?.failed = !isRead
        return wasFailed == isRead
    }
}

extension MachineIssuer {
    /// Where its keys come from.
    fileprivate var place: String { keysURL ?? issuer }
}

extension ControlPlane {
    func machineIssuers() -> [MachineIssuer] { catalogue.definitions.machineIssuers }

    /// Puts an issuer's keys in force, where they are others than those that are known.
    func keep(_ keys: KeySet, of issuer: MachineIssuer) async throws(ControlError) {
        let text = keys.text
        try await change { catalogue throws(ControlError) in
            guard catalogue.state.settings[issuer.setting] != text else { return .nothing(()) }
            return Decision([.setSetting(issuer.setting, text)], answer: ())
        }
    }
}
