// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

extension NodeConfiguration {
    /// Reads a configuration file's text.
    ///
    /// - Parameters:
    ///   - file: the file's path; relative paths in it count from its folder.
    ///   - environment: what `${NAME}` is taken from.
    ///   - toleratesMissingFiles: takes the configuration although a file that holds a secret is not here.
    ///   - now: stamps the first release of the file's versions.
    /// - Throws: ``ConfigurationFileError`` with everything that is wrong, by line.
    package static func read(
        _ text: String,
        file: String,
        environment: [String: String],
        toleratesMissingFiles: Bool = false,
        now: Timestamp
    ) throws(ConfigurationFileError) -> NodeConfiguration {
        let problems = ProblemList()
        let files = SecretFiles(
            toleratesMissingFiles ? .isAWarning : .isAnError,
            paths: Paths(folder: Paths.folder(of: file))
        )
        let reader = ConfigurationReader(
            file: file,
            problems: problems,
            secretFiles: files,
            proxies: ProxyRules(environment),
            now: now
        )
        let configuration = YAMLTree.read(text, environment: environment, files: files, into: problems)
            .flatMap(reader.read)
        guard var configuration, !problems.hasErrors else {
            throw ConfigurationFileError(file: file, problems: problems.sorted)
        }
        do throws(SecretOwners.Clash) {
            try configuration.checkOwners(adminToken: configuration.givenAdminToken)
        } catch {
            problems.add(ConfigProblem(.error, line: 0, "\(error)"))
            throw ConfigurationFileError(file: file, problems: problems.sorted)
        }
        configuration.warnings = problems.sorted
        configuration.secretFiles = files.contents
        return configuration
    }
}

/// Walks the tree, section by section; each section's reader stands in a file of its own.
struct ConfigurationReader {
    let file: String
    let problems: ProblemList
    let now: Timestamp
    let paths: Paths
    let secretFiles: SecretFiles
    let proxies: ProxyRules

    init(file: String, problems: ProblemList, secretFiles: SecretFiles, proxies: ProxyRules, now: Timestamp) {
        self.file = file
        self.problems = problems
        self.secretFiles = secretFiles
        self.proxies = proxies
        self.now = now
        paths = Paths(folder: Paths.folder(of: file))
    }

    static let keys = [
        "node", "listen", "admin", "store", "data_dir", "providers", "routes", "models", "prices", "currencies", "keys",
        "key",
        "release", "budgets", "rate_limits",
        "limits", "journal", "log", "traffic_log", "drain", "loops", "alerts", "cors", "master_key", "master_key_file",
        "auth",
    ]

    func read(_ root: ConfigNode) -> NodeConfiguration? {
        let whole = ConfigurationField(node: root, path: "", problems: problems)
        guard let top = whole.section(ConfigurationReader.keys) else { return nil }
        let dataDirectory = paths.resolve(top.optional("data_dir")?.filledText() ?? "sluice-data")
        let providers = self.providers(top.optional("providers"))
        let (routes, versions) = self.routes(top.optional("routes"), providers: providers)
        let prices = self.prices(top.optional("prices"), providers: providers)
        let keys = self.keys(top.optional("keys"))
        warnAboutPrices(versions: versions, prices: prices, providers: providers, field: top.optional("routes"))
        let (prefix, grace) = keyRules(top.optional("key"))
        var configuration = NodeConfiguration(
            file: file,
            nodeName: nodeName(top.optional("node")),
            listen: listen(top.optional("listen"), standard: ListenAddress(host: "127.0.0.1", port: 4_000)),
            admin: admin(top.optional("admin"), dataDirectory: dataDirectory),
            store: store(top.optional("store"), dataDirectory: dataDirectory),
            dataDirectory: dataDirectory,
            journal: journal(top.optional("journal"), dataDirectory: dataDirectory),
            providers: providers,
            routes: routes,
            versions: versions,
            prices: prices,
            currencies: currencies(top.optional("currencies")),
            models: models(top.optional("models"), providers: providers),
            keys: keys,
            masterKeys: masterKeys(top),
            alerts: alerts(top.optional("alerts")),
            costDrift: costDrift(top.optional("alerts")),
            autoTransition: release(top.optional("release")),
            keyPrefix: prefix,
            keyRotationGrace: grace,
            limits: Limits(top.optional("limits")),
            log: log(top.optional("log")),
            trafficLog: trafficLog(top.optional("traffic_log")),
            drain: drain(top.optional("drain")),
            crossOrigins: crossOrigins(top.optional("cors")),
            loops: top.optional("loops")?.integer(in: 1...256),
            warnings: []
        )
        let auth = auth(top.optional("auth"), keys: keys)
        configuration.signIn = auth.signIn
        configuration.machineIssuers = auth.issuers
        configuration.machineCallers = auth.callers
        let limits = keyLimits(top.optional("keys")) + routeLimits(top.optional("routes"))
        configuration.budgets = budgets(top.optional("budgets"), routes: routes)
        configuration.rateLimits = distinct(
            limits + rateLimits(top.optional("rate_limits")),
            top.optional("rate_limits")
        )
        return configuration
    }
}
