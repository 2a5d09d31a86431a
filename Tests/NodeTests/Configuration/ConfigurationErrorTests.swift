// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceNode

@Suite("What a configuration file is refused for")
struct ConfigurationErrorTests {
    @Test(
        "an unknown key is named with its line and the nearest known one",
        arguments: [
            ("listen: 127.0.0.1:1\nlisten_adress: x", "2: unknown key 'listen_adress'"),
            ("provider: {}", "1: unknown key 'provider'; did you mean 'providers'?"),
            ("log:\n  levle: info", "2: unknown key 'levle' in log; did you mean 'level'?"),
            (
                "providers:\n  p:\n    dialect: simulated\n    base_ulr: x",
                "4: unknown key 'base_ulr' in providers.p; did you mean 'base_url'?"
            ),
        ]
    )
    func unknownKey(text: String, expected: String) {
        #expect(Sample.errors(text).contains { $0.hasPrefix(expected) }, "\(Sample.errors(text))")
    }

    @Test("everything that is wrong is told at once, in the order of lines")
    func all() {
        let errors = Sample.errors(
            """
            listen: nowhere
            log: {level: loud}
            store: mysql:x
            loops: 0
            drain: {timeout: 5}
            """
        )
        #expect(errors.map { $0.prefix(2) } == ["1:", "2:", "3:", "4:", "5:"])
    }

    @Test(
        "a wrong value is refused with its line and path",
        arguments: [
            ("listen: 4000", "1: listen: must be HOST:PORT"),
            ("listen: 127.0.0.1:70000", "1: listen: must be HOST:PORT"),
            ("store: postgres://db/sluice", "1: store: PostgreSQL is not supported yet"),
            ("drain: {timeout: 5}", "1: drain.timeout: must be a duration"),
            ("limits:\n  body_size: 1 GB", "2: limits.body_size: must be a size"),
            ("limits:\n  body_size: 9GiB", "2: limits.body_size: must be from"),
            ("release: {auto_transition: yes}", "1: release.auto_transition: must be true or false"),
            ("admin: []", "1: admin: must be a map, is a list"),
            ("loops: {}", "1: loops: must be a single value"),
            ("routes: {\"a b\": {}}", "1: routes.a b: must be 1 to 128 characters"),
            ("providers: {p: {dialect: gemni, base_url: \"https://x\"}}", "1: providers.p.dialect: must be openai"),
            (
                "providers: {p: {dialect: anthropic, base_url: \"https://x/v1\"}}",
                "1: providers.p.base_url: is what stands before /v1/messages"
            ),
            ("providers: {p: {dialect: opnai, base_url: \"https://x\"}}", "1: providers.p.dialect: must be openai"),
            ("providers: {p: {dialect: openai}}", "1: providers.p: 'base_url' is missing"),
            (
                "providers: {p: {dialect: openai, base_url: \"http://api.example.com\"}}",
                "1: providers.p.base_url: http://"
            ),
            ("key: {prefix: \"a_b\"}", "1: key.prefix: must be"),
            ("routes: {r: {retry_first: 2s}}", "1: routes.r.retry_first: must be an object"),
            (
                "routes: {r: {retry_first: {server_errors: 11}}}",
                "1: routes.r.retry_first.server_errors: must be a whole"
            ),
            (
                "routes: {r: {retry_first: {wait: 2s}}}",
                "1: routes.r.retry_first.wait: unknown; did you mean wait_up_to"
            ),
        ]
    )
    func wrongValue(text: String, expected: String) {
        #expect(Sample.errors(text).contains { $0.hasPrefix(expected) }, "\(Sample.errors(text))")
    }

    @Test(
        "secrets that are empty, short or were never filled in refuse to start",
        arguments: [
            "admin: {token: \"\"}", "admin: {token: short}", "admin: {token: changeme-changeme}",
            "admin: {token: \"${EMPTY}\"}", "admin: {token: \"<your admin token here>\"}",
            "keys: [{name: a, key: tooshort}]", "keys: [{name: a, key: \"\"}]",
            "keys: [{name: a, key: sk-xxxxxxxxxxxxxxxxxxxxxxxx}]", "keys: [{name: a, key: please-change-me-now-soon}]",
            "keys: [{name: a, key: \"with a space in the middle\"}]", "keys: [{name: a}]",
            "providers: {p: {dialect: openai, base_url: \"https://x\", api_key: \"\"}}",
            "providers: {p: {dialect: openai, base_url: \"https://x\", api_key: changeme}}",
            "providers: {p: {dialect: openai, base_url: \"https://x\", api_key: your-api-key-here}}",
            "providers: {p: {dialect: openai, base_url: \"https://x\", api_key: \"${EMPTY}\"}}",
        ]
    )
    func weakSecret(text: String) {
        #expect(!Sample.errors(text).isEmpty)
    }

    @Test("a caller key of twenty characters is taken as it is, one of nineteen is not")
    func keyLength() throws {
        let twenty = "k3y-0123456789abcdef"
        let read = try Sample.read("keys: [{name: app, key: \(twenty)}]")
        #expect(read.keys.first?.text.exposed == twenty)
        let errors = Sample.errors("keys: [{name: app, key: \(twenty.dropLast())}]")
        #expect(errors.first?.contains("too short") == true)
        #expect(errors.first?.contains("k3y-") == false)
    }

    @Test("names that lead to two places are refused where the second stands")
    func duplicates() {
        let text = """
            providers: {p: {dialect: simulated}}
            routes:
              one:
                aliases: [gpt-4o]
                versions:
                  - {version_id: v1, provider: p, api_version: m, state: production}
              two:
                aliases: [gpt-4o, one]
                versions:
                  - {version_id: v1, provider: p, api_version: m, state: production}
            keys:
              - {name: a, key: aaaaaaaaaabbbbbbbbbbcc}
              - {name: a, key: aaaaaaaaaabbbbbbbbbbdd}
              - {name: b, key: aaaaaaaaaabbbbbbbbbbcc}
            """
        let errors = Sample.errors(text)
        #expect(errors.map { $0.split(separator: ":")[0] } == ["8", "8", "10", "13", "14"], "\(errors)")
    }

    @Test("the same key twice in one map is refused")
    func duplicateKey() {
        #expect(Sample.errors("loops: 1\nloops: 2").first?.contains("the same key twice") == true)
    }

    @Test("a version must name a provider that is defined")
    func unknownProvider() {
        let text = """
            providers: {main: {dialect: simulated}}
            routes:
              chat:
                versions:
                  - {version_id: v1, provider: mian, api_version: m}
            """
        #expect(
            Sample.errors(text)
                == [
                    "5: routes.chat.versions[0].provider: names the provider 'mian', which is not defined; did you mean 'main'?"
                ]
        )
    }

    @Test(
        "weights, hashes and numbers that cannot be are refused",
        arguments: [
            ("weight: 1.5", "must be a share"), ("weight: -0.1", "must be a share"),
            ("weight: .nan", "must be a share"),
            ("config: {temperature: .inf}", "is no finite number"), ("config: {seed: 1e400}", "is no finite number"),
            ("config: [1]", ""), ("config_hash: 0000000000000000", "hashes to"), ("state: rollback", "must be"),
        ]
    )
    func version(member: String, expected: String) {
        let text = """
            providers: {p: {dialect: simulated}}
            routes:
              chat:
                versions:
                  - version_id: v1
                    provider: p
                    api_version: m
                    \(member)
            """
        let errors = Sample.errors(text)
        #expect(errors.count == 1 && errors[0].hasPrefix("8: ") && errors[0].contains(expected), "\(errors)")
    }

    @Test("canaries of one route may not sum above the whole")
    func canarySum() {
        let text = """
            providers: {p: {dialect: simulated}}
            routes:
              chat:
                versions:
                  - {version_id: a, provider: p, api_version: m, state: canary, weight: 0.6}
                  - {version_id: b, provider: p, api_version: m, state: canary, weight: 0.6}
            """
        #expect(Sample.errors(text).contains { $0.contains("sum to 1.2") })
    }

    @Test(
        "a price is an exact decimal that is not below zero",
        arguments: ["-1", "0.0000001", "free", "1e400", "2000000"]
    )
    func price(text: String) {
        let file = """
            providers: {p: {dialect: simulated}}
            prices:
              - {provider: p, model: m, input: \(text), output: 1}
            """
        #expect(Sample.errors(file).first?.hasPrefix("3: prices[0].input: must be US dollars") == true)
    }

    @Test("text that is not YAML is refused with its line")
    func notYAML() {
        #expect(Sample.errors("listen: 127.0.0.1:1\n  log: [").first?.hasPrefix("2: not YAML") == true)
        #expect(!Sample.errors("a: *nowhere").isEmpty)
        #expect(!Sample.errors("--- 1\n--- 2").isEmpty)
        #expect(!Sample.errors("- a").isEmpty)
        #expect(!Sample.errors("a: !!binary x").isEmpty)
        #expect(!Sample.errors(String(repeating: "[", count: 900)).isEmpty)
        #expect(!Sample.errors(String(repeating: "a: {", count: 200) + String(repeating: "}", count: 200)).isEmpty)
    }

    @Test("what is doubtful is warned of and taken")
    func warnings() throws {
        let read = try Sample.read(
            """
            admin: {listen: 0.0.0.0:4001}
            providers: {p: {dialect: openai, base_url: "https://x"}}
            routes:
              chat:
                versions:
                  - {version_id: v1, provider: p, api_version: m, state: staging}
            """
        )
        #expect(read.warnings.map(\.line).sorted() == [1, 2, 4, 6])
    }
}
