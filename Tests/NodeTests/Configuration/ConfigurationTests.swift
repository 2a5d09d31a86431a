// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceAdmin
import SluiceCore
import SluiceJournal
import SluiceTelemetry
import Testing

@testable import SluiceNode

@Suite("The configuration file")
struct ConfigurationTests {
    @Test("every section is read into the words of the house")
    func whole() throws {
        let read = try Sample.read(Sample.whole)
        #expect(read.listen == ListenAddress(host: "127.0.0.1", port: 4_000))
        #expect(read.admin.listen == ListenAddress(host: "::1", port: 4_001))
        #expect(read.admin.tokens.map(\.name) == ["ci"])
        #expect(read.store == .sqlite(path: "/etc/sluice/sluice.db"))
        #expect(read.dataDirectory == "/etc/sluice/state")
        #expect(read.journal.directory == "/etc/sluice/state/journal")
        #expect(read.journal.durability == .power)
        #expect(read.autoTransition)
        #expect(read.keyPrefix == "acme")
        #expect(read.keyRotationGrace == .seconds(43_200))
        #expect(read.limits.bodyBytes == 8 << 20)
        #expect(read.limits.inFlightPerKey == 32)
        #expect(read.keys.map(\.maxConcurrency) == [12])
        #expect(read.limits.headerTimeout == .seconds(5))
        #expect(read.limits.headerBytes == 32 << 10)
        #expect(read.log.level == .debug)
        #expect(read.log.format == .json)
        #expect(read.trafficLog?.path == "/etc/sluice/traffic.jsonl")
        #expect(read.trafficLog?.maxSize == 10 << 20)
        #expect(read.drain.timeout == .seconds(90))
        #expect(read.loops == 2)
        #expect(read.nodeName == "node")
        #expect(read.warnings == [])
    }

    @Test("a node's name is one that its journal's files can carry")
    func nodeName() throws {
        func read(_ name: String) throws -> NodeConfiguration {
            try Sample.read("node: {name: \"\(name)\"}\n" + Sample.whole)
        }
        for name in ["a", "relay-1.eu_west", String(repeating: "n", count: 64)] {
            #expect(try read(name).nodeName == name)
        }
        for name in ["", ".", ".hidden", "a/b", "a b", "é", String(repeating: "n", count: 65)] {
            #expect(throws: ConfigurationFileError.self) { try read(name) }
        }
        #expect(try read("b").startOnlyChanges(from: read("a")) == ["node"])
    }

    @Test("a provider of the anthropic dialect has its address unless the file says another")
    func anthropic() throws {
        let read = try Sample.read(
            """
            providers:
              a: {dialect: anthropic, api_key: sk-ant-0123456789}
              b: {dialect: anthropic, base_url: "http://127.0.0.1:4010/x/"}
            routes:
              r:
                versions:
                  - {version_id: v1, provider: a, api_version: claude-sonnet-4-5, config: {temperature: 0.2}}
            """
        )
        #expect(read.providers.map(\.provider.dialect) == [.anthropic, .anthropic])
        #expect(
            read.providers.map(\.provider.address.description) == [
                "https://api.anthropic.com:443", "http://127.0.0.1:4010/x",
            ]
        )
        #expect(read.warnings.map(\.message).contains { $0.contains("anthropic-version 2026-10-21") })
        let refused = """
            providers: {a: {dialect: anthropic, api_key: sk-ant-0123456789}}
            routes: {r: {versions: [{version_id: v1, provider: a, api_version: claude-opus-4-7, config: {override: {top_p: 1}}}]}}
            """
        #expect(throws: ConfigurationFileError.self) { try Sample.read(refused) }
    }

    @Test("a provider of the gemini dialect has its address unless the file says another")
    func gemini() throws {
        let read = try Sample.read(
            """
            providers:
              a: {dialect: gemini, api_key: AIza-0123456789}
              b: {dialect: gemini, base_url: "http://127.0.0.1:4010/v1"}
            """
        )
        #expect(read.providers.map(\.provider.dialect) == [.gemini, .gemini])
        #expect(
            read.providers.map(\.provider.address.description) == [
                "https://generativelanguage.googleapis.com:443", "http://127.0.0.1:4010/v1",
            ]
        )
    }

    @Test("a provider of the azure dialect speaks OpenAI's, in a version and with deployments of its own")
    func azure() throws {
        let read = try Sample.read(
            """
            providers:
              a: {dialect: azure, base_url: "https://here.openai.azure.com", api_key: azure-0123456789}
              b:
                dialect: azure
                base_url: "http://127.0.0.1:4010/openai"
                api_version: v1
                deployments: {gpt-4.1: eu-gpt}
            """
        )
        let (a, b) = (read.providers[0].provider, read.providers[1].provider)
        #expect(a.dialect == .openai && b.dialect == .openai)
        #expect(a.host == AzureHost(apiVersion: "2024-10-21").map { .azure($0) })
        #expect(b.host == AzureHost(apiVersion: "v1", deployments: ["gpt-4.1": "eu-gpt"]).map { .azure($0) })
        #expect(b.host.name(of: "gpt-4.1") == "eu-gpt" && b.host.name(of: "gpt-5") == "gpt-5")
        #expect(a.host.word(for: a.dialect) == "azure")
    }

    @Test(
        "what an azure provider cannot be is refused",
        arguments: [
            (
                #"{dialect: azure, base_url: "https://here.openai.azure.com/openai/v1", api_key: azure-0123456789}"#,
                "leave /v1 out"
            ),
            (#"{dialect: azure, base_url: "https://a.example", api_version: newest}"#, "must be a date"),
            (#"{dialect: azure}"#, "base_url"),
            (
                #"{dialect: openai, base_url: "https://a.example/v1", api_version: 2024-10-21}"#,
                "only a provider with dialect azure"
            ),
        ]
    )
    func notAzure(provider: String, message: String) {
        do {
            _ = try Sample.read("providers:\n  a: \(provider)\n")
            Issue.record("it was taken")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }

    @Test("a provider of the bedrock dialect has its region's address and what requests are signed with")
    func bedrock() throws {
        let read = try Sample.read(
            """
            providers:
              a: {dialect: bedrock, region: eu-west-1, access_key_id: AKIAEXAMPLE, secret_access_key: secret/1+2, session_token: t}
              b: {dialect: bedrock, region: us-east-1, base_url: "http://127.0.0.1:4010", api_key: bedrock-api-key-1}
              c: {dialect: bedrock, region: us-east-1, api_key: bedrock-api-key-1, unnamed_models: converse}
            """
        )
        let (a, b) = (read.providers[0].provider, read.providers[1].provider)
        #expect(a.dialect == .anthropic && a.host.word(for: a.dialect) == "bedrock")
        #expect(a.address.description == "https://bedrock-runtime.eu-west-1.amazonaws.com:443")
        let keys = AWSCredentials(
            accessKeyID: "AKIAEXAMPLE",
            secretAccessKey: Secret("secret/1+2"),
            sessionToken: Secret("t")
        )
        #expect(a.host.credentials == keys && a.apiKey == nil && a.credential == "AKIAEXAMPLE")
        #expect(a.secrets == ["secret/1+2", "t"])
        #expect(b.host.credentials == nil && b.apiKey?.exposed == "bedrock-api-key-1")
        #expect(!"\(a)".contains("secret/1+2"))
        let profile = "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc"
        let claude = "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-7"
        let c = read.providers[2].provider
        #expect(b.dialect(of: profile) == .anthropic && c.dialect(of: profile) == .converse)
        #expect(b.dialect(of: claude) == .anthropic && c.dialect(of: claude) == .anthropic)
        #expect(c.host.fingerprint != b.host.fingerprint)
    }

    @Test(
        "what a bedrock provider cannot be is refused",
        arguments: [
            ("{dialect: bedrock, api_key: bedrock-api-key-1}", "region"),
            (
                "{dialect: bedrock, region: eu-west-1, api_key: bedrock-api-key-1, unnamed_models: nova}",
                "unnamed_models"
            ),
            ("{dialect: bedrock, region: EU West, api_key: bedrock-api-key-1}", "must be the name of a region"),
            ("{dialect: bedrock, region: eu-west-1, access_key_id: AKIA1}", "has no secret_access_key"),
            ("{dialect: bedrock, region: eu-west-1, secret_access_key: s}", "has no access_key_id"),
            (
                "{dialect: bedrock, region: eu-west-1, access_key_id: AKIA1, secret_access_key: s, api_key: x}",
                "not both"
            ),
            (
                "{dialect: openai, base_url: \"https://a.example/v1\", region: eu-west-1}",
                "only a provider with dialect bedrock"
            ),
            (
                "{dialect: bedrock, region: eu-west-1, api_key: bedrock-api-key-1, headers: {anthropic-version: 2026-10-21}}",
                "in the body"
            ),
        ]
    )
    func notBedrock(provider: String, message: String) {
        do {
            _ = try Sample.read("providers:\n  a: \(provider)\n")
            Issue.record("it was taken")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
    }

    @Test(
        "what a provider serves is one of chat completions and responses, at OpenAI's and Azure's only",
        arguments: [
            ("{dialect: anthropic, api_key: sk-ant-123456, serves_chat: false}", "only an openai or azure provider"),
            (
                "{dialect: openai, base_url: \"https://a.example/v1\", serves_chat: false, serves_responses: false}",
                "nothing is left to ask"
            ),
        ]
    )
    func servesNothing(provider: String, message: String) throws {
        do {
            _ = try Sample.read("providers:\n  a: \(provider)\n")
            Issue.record("it was taken")
        } catch {
            #expect("\(error)".contains(message), "\(error)")
        }
        let read = try Sample.read(
            "providers:\n  a: {dialect: openai, base_url: \"https://a.example/v1\", serves_chat: false}\n"
        )
        #expect(read.providers.first?.provider.servesChat == false)
    }

    @Test("a provider with a project and a location is Vertex AI")
    func vertex() throws {
        let read = try Sample.read(
            """
            providers:
              a: {dialect: gemini, project: my-project, location: europe-west1, api_key: ya29.token}
              b: {dialect: anthropic, project: my-project, location: global, api_key: ya29.token}
            """
        )
        #expect(read.providers.map(\.provider.dialect) == [.gemini, .anthropic])
        #expect(
            read.providers.map(\.provider.address.description) == [
                "https://europe-west1-aiplatform.googleapis.com:443", "https://aiplatform.googleapis.com:443",
            ]
        )
        for wrong in [
            "{dialect: gemini, project: p, api_key: ya29.token}",
            "{dialect: azure, base_url: \"https://a.example\", project: p}",
        ] {
            #expect(throws: ConfigurationFileError.self) { try Sample.read("providers:\n  a: \(wrong)\n") }
        }
    }

    @Test("a provider has its address, credential, factor and limits in time")
    func providers() throws {
        let read = try Sample.read(Sample.whole)
        #expect(read.providers.map(\.provider.id.rawValue) == ["main", "local", "sim"])
        let main = try #require(read.providers.first?.provider)
        #expect(main.address.host == "api.openai.com")
        #expect(main.apiKey?.exposed == "sk-proj-4f8a1c")
        let local = read.providers[1].provider
        #expect(local.address.pathPrefix == "/v1")
        #expect(local.priceFactorMillionths == 850_000)
        #expect(local.whenCallerLeaves == .drain)
        #expect(
            local.timeouts
                == Timeouts(
                    connect: .milliseconds(500),
                    firstByte: .seconds(30),
                    stall: .seconds(20),
                    total: .seconds(300)
                )
        )
        #expect(read.providers[2].isSimulated)
    }

    @Test("versions begin with the file's first values, and thresholds come from the route where they give none")
    func versions() throws {
        let read = try Sample.read(Sample.whole)
        let route = try #require(read.routes.first)
        #expect(route.aliases == ["gpt-4.1", "gpt-4o"])
        #expect(route.unit == [.header("x-tenant"), .user, .conversation])
        #expect(route.salt == "winter")
        #expect(route.retryFirst == RetryFirst(waitUpTo: .seconds(2), serverErrors: 1))
        let canary = try #require(read.versions.last)
        #expect(canary.release.state == .canary)
        #expect(canary.release.weight.rawValue == 500)
        #expect(canary.release.thresholds.errorRate == 0.05)
        #expect(canary.release.thresholds.costSpikeRatio == 2)
        #expect(canary.owner == .file)
    }

    @Test("a config from YAML hashes as the same config from JSON does")
    func configHash() throws {
        let read = try Sample.read(Sample.whole)
        let json = try JSONValue(
            parsing: #"{"temperature":1e-5,"seed":12345678901234567890,"stop":"0.5","logit_bias":{}}"#
        )
        #expect(read.versions.last?.configHash == ConfigHash.of(json))
        #expect(read.versions.last?.configHash.count == 16)
    }

    @Test("prices are exact integers: millionths of a dollar per million tokens")
    func prices() throws {
        let read = try Sample.read(Sample.whole)
        #expect(read.prices.first?.rates == PriceCard.Rates(input: 2_000_000, cachedInput: 500_000, output: 8_000_000))
        let local = try #require(read.prices.last)
        #expect(local.rates == PriceCard.Rates(input: 75_000, output: 100_000))
        #expect(local.perRequest == NanoUSD(100_000))
        #expect(local.effectiveFrom.description == "2026-01-31T00:00:00.000Z")
        #expect(local.tiers.first?.fromInputTokens == 200_000)
    }

    @Test("what the file does not say has its default")
    func defaults() throws {
        let read = try Sample.read("")
        #expect(read.listen.description == "127.0.0.1:4000")
        #expect(read.admin.listen.description == "127.0.0.1:4001")
        #expect(read.store == .sqlite(path: "/etc/sluice/sluice-data/sluice.db"))
        #expect(read.limits == Limits())
        #expect(read.log.level == .info)
        #expect(read.trafficLog == nil)
        #expect(read.drain.timeout == .seconds(600))
        #expect(read.keyPrefix == "sl")
    }

    @Test("the file a first start writes is taken without a word")
    func starter() throws {
        let read = try Sample.read(StarterFile.text, [:])
        #expect(read.warnings == [])
        #expect(read.routes.first?.id.rawValue == StarterFile.route)
        let isSimulated = read.providers.contains { $0.isSimulated }
        #expect(isSimulated)
    }

    @Test("secrets of the file do not show in its description")
    func redacted() throws {
        let read = try Sample.read(Sample.whole)
        var text = ""
        dump(read, to: &text)
        #expect(!text.contains("sk-proj-4f8a1c"))
        #expect(!text.contains("app-9d1f7b2c3e4a5b6c"))
        #expect(!text.contains("adm-5f2c9e8d7b6a4c3e"))
        #expect(text.contains("127.0.0.1"))
    }

    @Test("memory has a limit of its own, none at all, or that of its control group")
    func memory() throws {
        #expect(try Sample.read("limits: {memory: 512MiB}").limits.memory == 512 << 20)
        #expect(try Sample.read("limits: {memory: off}").limits.memory == 0)
        #expect(try Sample.read("limits: {}").limits.memory == nil)
        for wrong in ["1MiB", "on", "-1", "[off]", "999999GiB"] {
            #expect(Sample.errors("limits: {memory: \(wrong)}").contains { $0.contains("limits.memory") }, "\(wrong)")
        }
    }
}
