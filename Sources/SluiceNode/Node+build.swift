// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SluiceAdmin
import SluiceControl
import SluiceCore
import SluiceGateway
import SluiceHTTP
import SluiceJournal
import SluiceStore
import SluiceStoreSQLite
import SluiceTelemetry

extension Node {
    /// Wires a node: store and journal at the bottom, the planes above, the two ports on top.
    static func build(
        _ configuration: NodeConfiguration,
        _ secrets: NodeSecrets,
        acceptLoss: Bool,
        _ log: Logger,
        _ lines: LineWriter?
    ) async throws -> Parts {
        DescriptorBudget.raise()
        let floor = try await GroundFloor(configuration, acceptLoss: acceptLoss, log, lines)
        do {
            let control = try await floor.control(secrets)
            floor.includeMetrics(of: control)
            let start = try await control.start()
            log.reportDrift(start.drift)
            let restore = PinRestore(
                store: floor.store,
                journal: configuration.journalReader(),
                node: configuration.nodeName
            )
            try await restore.run { [gateway = floor.gateway] in gateway.take($0) }
            await floor.restoreBudgets(control)
            return floor.parts(control, secrets)
        } catch {
            await floor.release()
            throw error
        }
    }
}

/// What stands below the control plane and outlives all services: store, journal, data plane, and what watches them.
private struct GroundFloor: Sendable {
    let configuration: NodeConfiguration
    let log: Logger
    let lines: LineWriter?
    let store: SQLiteStore
    let journal: Journal
    let gateway: Gateway
    let ingester: OutcomeIngester
    let memory: MemoryWatch?
    /// Evidence on its way from the data plane.
    let inbox = EvidenceInbox(seconds: WallClock.steadySeconds())
    let simulated = SimulatedProviders()
    let readiness = NodeReadiness()
    let published = PublishedSnapshot()
    let telemetry = ExportedMetrics()
    let metrics = VersionStatistics()
    let priceAlarm = PriceAlarm()
    let driftAlarm: CostDriftAlarm
    let messenger: HTTPMessenger
    let issuers: IssuerClient
    let trafficLog: TrafficLog?
    let adminThreads: MultiThreadedEventLoopGroup

    init(_ configuration: NodeConfiguration, acceptLoss: Bool, _ log: Logger, _ lines: LineWriter?) async throws {
        self.configuration = configuration
        driftAlarm = CostDriftAlarm(share: configuration.costDrift)
        self.log = log
        self.lines = lines
        store = try await configuration.openStore(log)
        do {
            try await configuration.checkJournal(against: store, acceptLoss: acceptLoss, log)
            journal = try configuration.openJournal()
        } catch {
            store.close()
            throw error
        }
        messenger = HTTPMessenger(configuration.alerts, now: WallClock.now)
        issuers = IssuerClient()
        trafficLog = configuration.trafficLog.map { TrafficLog($0.writer, log: log) }
        ingester = OutcomeIngester(
            journal: configuration.journalReader(),
            store: store,
            node: configuration.nodeName,
            metrics: metrics,
            live: [telemetry],
            stored: [priceAlarm, driftAlarm] + (trafficLog.map { [$0] } ?? []),
            log: log,
            now: WallClock.now
        )
        let readiness = self.readiness
        let gateway = Gateway(
            configuration: configuration.gateway,
            sink: journal,
            evidence: inbox,
            wallClock: WallClock.now,
            isReady: { readiness.isServing },
            logger: log
        )
        self.gateway = gateway
        memory = (configuration.limits.memory ?? SystemMemory.groupLimit).flatMap { limit in
            limit > 0 ? MemoryWatch(limit: limit, gateway: gateway, log: log) : nil
        }
        adminThreads = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    }

    /// Frees all of it.
    func release() async {
        await gateway.stop()
        await simulated.stop()
        await messenger.stop()
        await issuers.stop()
        journal.close()
        store.close()
        try? await adminThreads.shutdownGracefully()
        await trafficLog?.flush(within: .seconds(5))
        await lines?.flush(within: Node.logPatience)
    }

    // MARK: the control plane

    func control(_ secrets: NodeSecrets) async throws -> ControlPlane {
        let definitions = configuration.definitions(
            pepper: secrets.pepper,
            simulated: try await simulated.addresses(for: configuration),
            now: WallClock.now()
        )
        let control = ControlPlane(
            node: configuration.nodeName,
            store: store,
            definitions: definitions,
            pepper: secrets.pepper,
            metrics: metrics,
            log: log,
            now: WallClock.now,
            inbox: inbox,
            alerts: AlertChannels(channels: configuration.alerts.map(\.channel), messenger: messenger),
            targets: { [gateway] in gateway.targets },
            spending: SpendingPort(
                states: { [gateway] in gateway.budgets },
                setBefore: { [gateway] in gateway.setSpentBefore($0, of: $1, from: $2) }
            ),
            setLatencies: { [gateway] in gateway.setMeanLatencies($0) },
            publish: { [published, gateway] snapshot, watches in
                published.take(snapshot)
                await gateway.publish(snapshot, watches: watches)
            }
        )
        priceAlarm.attach(control)
        driftAlarm.attach(control)
        return control
    }

    /// Brings what a former process wrote into the store, and tells budgets what they have spent, before anything is served.
    func restoreBudgets(_ control: ControlPlane) async {
        for (entity, warning) in await control.entityWarnings().sorted(by: { $0.key.description < $1.key.description })
        {
            log.warning(
                "a budget or limit does not hold as its name says",
                metadata: ["entity": "\(entity)", "why": "\(warning)"]
            )
        }
        guard !gateway.budgets.isEmpty else { return }
        let isWhole = await ingester.catchUp(startedBefore: WallClock.now())
        let isKnown = await control.seedBudgets()
        if !isWhole || !isKnown {
            log.warning(
                "budgets do not know yet all that was spent before this start; they will once the store answers"
            )
        }
    }

    // MARK: what is exported

    func includeMetrics(of control: ControlPlane) {
        telemetry.include(control.alerts)
        telemetry.include(control.readings, inbox)
        telemetry.include(
            NodeGauges(
                inFlight: { [gateway] in gateway.gauges.inFlight },
                isJournalDegraded: { [journal] in journal.status.isDegraded },
                snapshot: { [published] in published.current },
                targets: { [gateway] in gateway.targets },
                ingester: ingester.status,
                now: WallClock.now,
                build: NodeVersion.text
            )
        )
        memory?.include(in: telemetry.registry)
        telemetry.registry.counter(
            "sluice_log_lines_dropped_total",
            "Lines of the log and of the traffic log that were not written: nobody read them, or there was no room.",
            labels: ["log"]
        ) { [lines, trafficLog] in
            [MetricSample(["log"], Double(lines?.dropped ?? 0))]
                + (trafficLog.map { [MetricSample(["traffic_log"], Double($0.lost))] } ?? [])
        }
        includeBudgets()
        telemetry.registry.gauge(
            "sluice_concurrency_limit",
            "Requests in flight that a target may have which slows down under its load; absent where all get in.",
            labels: ["version", "provider", "model"]
        ) { [gateway] in
            gateway.limitedTargets.map {
                MetricSample([$0.version.rawValue, $0.provider.rawValue, $0.model], Double($0.limit))
            }
        }
    }

    private func includeBudgets() {
        let budgets: [(String, String, @Sendable (BudgetState) -> NanoUSD)] = [
            ("limit", "What a budget allows in a window", { $0.budget.limit }),
            ("spent", "What was spent in a budget's window", { $0.spent }),
            ("reserved", "What is set aside in a budget's window for requests under way", { $0.reserved }),
            ("remaining", "What is left in a budget's window; below zero where more was spent", { $0.remaining }),
        ]
        for (name, about, amount) in budgets {
            telemetry.registry.gauge("sluice_budget_\(name)_usd", "\(about), in US dollars.", labels: ["budget"]) {
                [gateway] in
                gateway.budgets.map {
                    MetricSample([$0.budget.id.rawValue], Double(amount($0).rawValue) / 1_000_000_000)
                }
            }
        }
        telemetry.registry.gauge(
            "sluice_rate_limit_remaining",
            "What a limit in a stretch of time would let in at once.",
            labels: ["entity", "limit"]
        ) { [gateway] in
            gateway.rates.map { MetricSample([$0.entity.description, $0.rate.name], Double($0.remaining)) }
        }
    }

    // MARK: the two ports and all that runs

    func parts(_ control: ControlPlane, _ secrets: NodeSecrets) -> Parts {
        let dataPort = Announcement<Int>()
        let adminPort = Announcement<Int>()
        let conductor = RolloutConductor(control: control, log: log)
        let dispatcher = NotificationDispatcher(control: control, log: log)
        let admin = AdminServer(
            configuration: configuration.adminServer(token: secrets.adminToken),
            control: control,
            probes: NodeProbes(telemetry.registry, health(of: control)),
            signIn: configuration.signIn.map { rules in
                SignInDesk(
                    rules: rules,
                    control: control,
                    port: issuers.port,
                    pepper: secrets.pepper,
                    now: WallClock.now
                )
            },
            eventLoopGroup: adminThreads,
            log: log,
            protection: AdminGuard(limits: configuration.limits),
            listening: { adminPort.set($0) }
        )
        let gatewayService = GatewayService(
            gateway: gateway,
            drain: configuration.drain,
            readiness: readiness,
            port: dataPort,
            log: log
        )
        return Parts(
            log: log,
            control: control,
            secrets: secrets,
            simulated: simulated,
            reloads: telemetry.registry.counter(
                "sluice_config_reloads_total",
                "Reloads of the configuration file by what came of them.",
                labels: ["result"]
            ),
            dataPort: dataPort,
            adminPort: adminPort,
            services: (memory.map { [$0 as any Service] } ?? []) + [
                JournalUpkeep(journal: journal), dispatcher, ingester, priceAlarm, driftAlarm,
                BudgetKeeper(control: control), LatencyKeeper(control: control),
                IssuerKeyKeeper(control: control, port: issuers.port) { [gateway] in gateway.takeMissedIssuers() },
                simulated,
                conductor, admin, gatewayService,
            ],
            release: release
        )
    }

    private func health(of control: ControlPlane) -> NodeHealth {
        NodeHealth(
            serving: readiness,
            ingester: ingester.status,
            journal: journal,
            lostEvidence: { [inbox] in inbox.lostRecords },
            lostBlocks: { control.readings.lostBlocks },
            memory: memory,
            unservedProviders: { control.credentialFaults.problems }
        )
    }
}
