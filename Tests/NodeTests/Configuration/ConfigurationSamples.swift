// SPDX-License-Identifier: Apache-2.0
import SluiceCore

@testable import SluiceNode

/// Reads text as a configuration file, and the texts the tests read.
enum Sample {
    static let environment = ["OPENAI_API_KEY": "sk-proj-4f8a1c", "APP_KEY": "app-9d1f7b2c3e4a5b6c", "EMPTY": ""]

    static func read(_ text: String, _ environment: [String: String] = Sample.environment)
        throws(ConfigurationFileError) -> NodeConfiguration
    {
        try NodeConfiguration.read(
            text,
            file: "/etc/sluice/sluice.yaml",
            environment: environment,
            now: Timestamp(milliseconds: 1_000)
        )
    }

    /// The errors of a text, as `line: message`; empty where it is taken.
    static func errors(_ text: String, _ environment: [String: String] = Sample.environment) -> [String] {
        do throws(ConfigurationFileError) {
            _ = try read(text, environment)
            return []
        } catch {
            return error.problems.filter { $0.severity == .error }.map {
                "\($0.line): \($0.path.isEmpty ? "" : "\($0.path): ")\($0.message)"
            }
        }
    }

    /// A file that uses every section.
    static let whole = """
        listen: 127.0.0.1:4000
        admin:
          listen: "[::1]:4001"
          token: "${ADMIN:-adm-5f2c9e8d7b6a4c3e}"
          tokens:
            - {name: ci, role: operator, token: ci-token-2b7e151628aed2a6}
        store: sqlite:sluice.db            # a path
        data_dir: state
        providers:
          main: {dialect: openai, base_url: "https://api.openai.com/v1", api_key: "${OPENAI_API_KEY}"}
          local:
            dialect: openai
            base_url: http://127.0.0.1:8000/v1/
            api_key: EMPTY
            price_factor: 0.85
            when_caller_leaves: drain
            timeouts: {connect: 500ms, first_byte: 30s, stall: 20s, total: 5m}
          sim: {dialect: simulated}
        routes:
          chat:
            aliases: [gpt-4.1, gpt-4o]
            unit: [header:X-Tenant, user, conversation]
            salt: winter
            retry_first: {wait_up_to: 2s, server_errors: 1}
            thresholds: {error_rate: 0.05, p99_latency_ms: 500}
            versions:
              - {version_id: v1, provider: main, api_version: gpt-4.1, state: production, weight: 1.0, config: {temperature: 0.7}}
              - version_id: v2
                provider: local
                api_version: llama-3.3-70b
                state: canary
                weight: 0.05
                thresholds: {cost_spike_ratio: 2.0}
                config:
                  temperature: 1e-5
                  seed: 12345678901234567890
                  stop: "0.5"
                  logit_bias: {}
        models:
          - {provider: main, model: gpt-4.1, quality_score: 0.96, context_window: 1047576}
        prices:
          - {provider: main, model: gpt-4.1, input: 2.0, cached_input: 0.5, output: 8.0}
          - provider: local
            model: llama-3.3-70b
            effective_from: 2026-01-31
            input: 0.075
            output: 1e-1
            per_request: 0.0001
            tiers: [{from_input_tokens: 200000, input: 0.15, output: 0.2}]
        keys:
          - {name: app, key: "${APP_KEY}", team: search, max_concurrency: 12}
        key: {prefix: acme, rotation_grace: 12h}
        release: {auto_transition: true}
        limits: {body_size: 8MiB, in_flight_per_key: 32, header_timeout: 5s}
        journal: {durability: power}
        log: {level: debug, format: json}
        traffic_log: {path: traffic.jsonl, max_size: 10MiB, keep: 3}
        drain: {timeout: 90s, accept_for: 2s}
        loops: 2
        """
}
