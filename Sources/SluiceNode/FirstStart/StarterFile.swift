// SPDX-License-Identifier: Apache-2.0

/// The configuration file a first start writes: works as it is, and explains itself.
package enum StarterFile {
    /// Writes the file where there is none; its folder must exist.
    ///
    /// - Returns: whether it was written just now.
    package static func writeIfMissing(_ path: String) throws(FileError) -> Bool {
        guard try PrivateFile.read(path, limit: YAMLTree.maximumBytes) == nil else { return false }
        return try PrivateFile.create(path, text.utf8)
    }

    /// The route the file defines, for the examples that are printed.
    package static let route = "chat"

    package static let text = #"""
        # The configuration of one Sluice node. Every key: docs/configuration.md
        #   check it       sluice config check sluice.yaml
        #   put in force   kill -HUP <pid of sluice>   (whole or not at all)
        # ${NAME} and ${NAME:-default} come from the environment; unknown keys are errors.
        # Relative paths count from the folder of this file.

        # Where applications call: base URL http://127.0.0.1:4000/v1
        listen: 127.0.0.1:4000

        # Where operators call. Without `token`, one is made and kept in sluice-data/admin-token (mode 0600).
        admin:
          listen: 127.0.0.1:4001
          # token: "${SLUICE_ADMIN_TOKEN}"

        # What the API makes: versions, release state, caller keys, prices, audit, ledger.
        store: sqlite:sluice-data/sluice.db

        providers:
          # Part of the node itself, so that everything works before there is an account.
          simulated: {dialect: simulated}
          # The real one: put OPENAI_API_KEY into the environment, take the # away, and name it in a version below.
          # main: {dialect: openai, base_url: "https://api.openai.com/v1", api_key: "${OPENAI_API_KEY}"}

        routes:
          # What callers put in `model`; the aliases lead here too.
          chat:
            aliases: [gpt-4.1, gpt-4o]
            # What stays on one version; the first that a request has counts. This is the default.
            # unit: [header:x-sluice-unit, prompt_cache_key, session, user, conversation]
            versions:
              - {version_id: v1, provider: simulated, api_version: gpt-4.1, state: production, weight: 1.0, config: {temperature: 0.7}}
              # A change waiting to be released: `sluice rollout start v2 --plan quick`, then `sluice rollout watch`.
              - {version_id: v2, provider: simulated, api_version: gpt-4.1-mini, state: staging, config: {temperature: 0.2}}
          embed:
            aliases: [text-embedding-3-small]
            versions:
              - {version_id: embed-v1, provider: simulated, api_version: text-embedding-3-small, state: production}

        # US dollars per million tokens. What has no price is counted as unpriced, never as free.
        prices:
          - {provider: simulated, model: gpt-4.1, input: 2.0, cached_input: 0.5, output: 8.0}
          - {provider: simulated, model: gpt-4.1-mini, input: 0.4, cached_input: 0.1, output: 1.6}
          - {provider: simulated, model: text-embedding-3-small, input: 0.02, output: 0}

        # Caller keys: make them with `sluice key create NAME` (kept as hashes in the store), or give some here.
        # keys:
        #   - {name: app, key: "${APP_KEY}"}

        # log: {level: info, format: text}
        # traffic_log: {path: sluice-data/traffic.jsonl, max_size: 100MiB, keep: 5}

        """#
}

extension NodeConfiguration {
    /// Whether nothing but simulated providers and no key is configured, as in the file a first start writes.
    var isStarter: Bool { keys.isEmpty && !providers.isEmpty && providers.allSatisfy(\.isSimulated) }
}
