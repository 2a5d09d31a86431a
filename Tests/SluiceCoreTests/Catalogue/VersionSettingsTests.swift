// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("A version's config")
struct VersionSettingsTests {
    @Test("plain members are defaults, override forces, sections are read")
    func whole() throws {
        let settings = try VersionSettings(
            validating: JSONValue(
                parsing: """
                    {"temperature": 0.7, "stop": ["\\n"], "override": {"top_p": 1, "seed": 12345678901234567890},
                     "system_prompt": {"mode": "replace", "text": "Be brief."},
                     "retry_policy": {"max_retries": 5, "backoff": "250ms"},
                     "timeouts": {"connect": "1s", "first_byte": "10s", "stall": 2.5, "total": "2m"}}
                    """
            )
        )
        #expect(settings.defaults.map(\.name) == ["temperature", "stop"])
        #expect(settings.defaults.map { String(decoding: $0.json, as: UTF8.self) } == ["0.7", #"["\n"]"#])
        #expect(settings.overrides.map(\.name) == ["top_p", "seed"])
        #expect(settings.overrides.map { String(decoding: $0.json, as: UTF8.self) } == ["1", "12345678901234567890"])
        #expect(settings.systemPrompt == SystemPrompt(mode: .replace, text: "Be brief."))
        #expect(settings.retry == RetryPolicy(maxRetries: 5, backoff: .milliseconds(250)))
        #expect(
            settings.timeouts
                == Timeouts(
                    connect: .seconds(1),
                    firstByte: .seconds(10),
                    stall: .milliseconds(2_500),
                    total: .seconds(120)
                )
        )
    }

    @Test(
        "versions share their source where the same models of the same providers are asked in the same order and waited for as long",
        arguments: [
            (#"{"temperature": 1, "system_prompt": {"mode": "replace", "text": "Be brief."}}"#, "main", true),
            (#"{"targets": ["main"]}"#, "main", true),
            (#"{"targets": [{"provider": "main", "api_version": "m"}]}"#, "main", true),
            (#"{"targets": ["main", "second"]}"#, "main", false), ("{}", "second", false),
            (#"{"timeouts": {"first_byte": "5s"}}"#, "main", false), (#"{"hedge": {"after": "2s"}}"#, "main", false),
        ]
    )
    func source(config: String, provider: String, isShared: Bool) throws {
        func version(_ config: String, _ provider: String) throws -> Version {
            let value = try JSONValue(parsing: config)
            return Version(
                id: try #require(VersionID("v")),
                route: try #require(RouteID("chat")),
                provider: try #require(ProviderID(provider)),
                apiVersion: "m",
                config: value,
                configHash: ConfigHash.of(value),
                settings: try VersionSettings(validating: value),
                createdAt: Timestamp(nanoseconds: 0),
                owner: .file,
                release: Release(state: .staging, weight: .none, changedAt: Timestamp(nanoseconds: 0))
            )
        }
        let other = try version(config, provider)
        #expect(try version("{}", "main").sharesSource(with: other) == isShared)
        #expect(other.sharesSource(with: other))
    }

    @Test("where and how a version is served is read, and is no parameter")
    func targets() throws {
        let settings = try VersionSettings(
            validating: JSONValue(
                parsing: """
                    {"targets": ["east", {"provider": "west", "api_version": "m2", "weight": 3}],
                     "target_policy": "weighted", "max_concurrency": 8, "adaptive_concurrency": true,
                     "keepalive_after": "5s", "midstream": "resume", "hedge": {"after": "2s"},
                     "timeouts": {"tls": "2s", "first_token": "30s"}}
                    """
            )
        )
        let east: ProviderID = try #require(ProviderID("east"))
        let west: ProviderID = try #require(ProviderID("west"))
        #expect(
            settings.targets
                == [TargetSetting(provider: east), TargetSetting(provider: west, apiVersion: "m2", weight: 3)]
        )
        #expect(settings.adaptsConcurrency)
        #expect(settings.targetPolicy == .weighted && settings.maxConcurrency == 8 && settings.midstream == .resume)
        #expect(settings.hedgeAfter == .seconds(2) && VersionSettings().hedgeAfter == nil)
        #expect(settings.keepaliveAfter == .seconds(5))
        #expect(settings.timeouts == Timeouts(tls: .seconds(2), firstToken: .seconds(30)))
        #expect(settings.defaults.isEmpty && settings.overrides.isEmpty)
        #expect(try VersionSettings(validating: ["keepalive_after": "off"]).keepaliveAfter == .zero)
        #expect(VersionSettings().keepaliveAfter == .seconds(15) && VersionSettings().targets.isEmpty)
    }

    @Test("a plain system prompt is a default one, an empty one is none")
    func plainPrompt() throws {
        #expect(
            try VersionSettings(validating: ["system_prompt": "Hi"]).systemPrompt
                == SystemPrompt(mode: .default, text: "Hi")
        )
        #expect(try VersionSettings(validating: ["system_prompt": ""]).systemPrompt == nil)
        #expect(try VersionSettings(validating: ["retry_policy": ["backoff": "exponential"]]).retry == RetryPolicy())
        let first = try VersionSettings(validating: ["retry_first": ["wait_up_to": "2s", "server_errors": 1]])
        #expect(first.retryFirst == RetryFirst(waitUpTo: .seconds(2), serverErrors: 1) && first.defaults.isEmpty)
        #expect(try VersionSettings(validating: [:]).retryFirst == nil)
    }

    @Test(
        "what is wrong is named, with the nearest that would be right",
        arguments: [
            ([], "", "object"), (["model": "x"], "model", "api_version"), (["stream": true], "stream", "caller"),
            (["override": ["messages": []]], "override.messages", "caller"), (["prompt": "x"], "prompt", "caller"),
            (["override": ["timeouts": [:]]], "override.timeouts", "beside"), (["override": 1], "override", "object"),
            (["overrides": [:]], "overrides", "did you mean override"), (["timeout": "3s"], "timeout", "timeouts"),
            (["retry_polcy": [:]], "retry_polcy", "retry_policy"), (["": 1], "", "no name"),
            (["system_prompt": ["mode": "prepand", "text": "x"]], "system_prompt.mode", "did you mean prepend"),
            (["system_prompt": ["mode": "default"]], "system_prompt.text", "missing"),
            (["system_prompt": ["txt": "x"]], "system_prompt.txt", "did you mean text"),
            (["system_prompt": 1], "system_prompt", "a string"),
            (["retry_policy": ["max_retries": 11]], "retry_policy.max_retries", "0 to 10"),
            (["retry_policy": ["max_retry": 1]], "retry_policy.max_retry", "max_retries"),
            (["retry_policy": ["backoff": "soon"]], "retry_policy.backoff", "duration"),
            (["retry_first": ["wait_up_to": "2m"]], "retry_first.wait_up_to", "60s"),
            (["retry_first": ["server_errors": 11]], "retry_first.server_errors", "0 to 10"),
            (["retry_first": ["server_error": 1]], "retry_first.server_error", "server_errors"),
            (["targets": []], "targets", "1 to 16"), (["targets": ["a", "a"]], "targets.1", "twice"),
            (["targets": [["api_version": "m"]]], "targets.0.provider", "missing"),
            (["targets": [["provider": "a", "weigth": 1]]], "targets.0.weigth", "did you mean weight"),
            (["targets": [["provider": "a", "weight": -1]]], "targets.0.weight", "from 0"),
            (["target_policy": "fast"], "target_policy", "did you mean fastest"),
            (["max_concurrency": 0], "max_concurrency", "from 1"),
            (["adaptive_concurrency": "on"], "adaptive_concurrency", "true or false"),
            (["midstream": "go"], "midstream", "one of"),
            (["hedge": "2s"], "hedge", "an object"),
            (["hedge": [:]], "hedge.after", "missing"),
            (["hedge": ["after": "0s"]], "hedge.after", "above 0"),
            (["hedge": ["delay": "2s"]], "hedge.delay", "known are after"),
            (["timeouts": ["stall": "0s"]], "timeouts.stall", "duration"),
            (["timeouts": ["stall": 1e300]], "timeouts.stall", "duration"),
            (["timeouts": ["first_bite": "1s"]], "timeouts.first_bite", "first_byte"),
        ] as [(JSONValue, String, String)]
    )
    func wrong(config: JSONValue, field: String, advice: String) throws {
        let error = #expect(throws: VersionSettingsError.self) { try VersionSettings(validating: config) }
        #expect(error?.field == field)
        #expect(error?.message.contains(advice) == true)
    }
}

@Suite("A config at a provider of the Messages API")
struct VersionSettingsDialectTests {
    private func settings(_ config: String) throws -> VersionSettings {
        try VersionSettings(validating: try JSONValue(parsing: config))
    }

    @Test(
        "what every request would be refused for is a fault",
        arguments: [
            ("claude-opus-4-7", true), ("claude-sonnet-5", true), ("anthropic.claude-haiku-5-1-20270101", true),
            ("claude-opus-4-5-20251101", false), ("claude-sonnet-4-20250514", false),
            ("claude-3-7-sonnet-latest", false),
            ("glm-5", false), ("claude-", false), ("claude-next", false),
        ]
    )
    func sampling(model: String, isRefused: Bool) throws {
        for config in [#"{"temperature":1}"#, #"{"override":{"top_p":0.5}}"#] {
            let settings = try settings(config)
            #expect((settings.fault(at: model, speaking: .anthropic) != nil) == isRefused, "\(config)")
            #expect(settings.fault(at: model, speaking: .openai) == nil)
            #expect(settings.warning(speaking: .anthropic) != nil && settings.warning(speaking: .openai) == nil)
        }
    }

    @Test("names of another dialect are a fault; its own are none")
    func names() throws {
        let fault = try settings(#"{"override":{"max_completion_tokens":5}}"#).fault(at: "m", speaking: .anthropic)
        #expect(fault?.field == "override.max_completion_tokens" && fault?.message.contains("use max_tokens") == true)
        let own = try settings(#"{"max_tokens":5,"thinking":{"type":"disabled"}}"#)
        #expect(
            own.fault(at: "claude-opus-4-7", speaking: .anthropic) == nil && own.warning(speaking: .anthropic) == nil
        )
    }
}
