// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceNode

@Suite("How a provider is reached")
struct NetworkTests {
    private static func errors(_ url: String, _ more: String = "") -> [String] {
        Sample.errors("providers: {p: {dialect: openai, base_url: \"\(url)\"\(more)}}")
    }

    @Test(
        "http:// is taken to this machine and to private networks",
        arguments: [
            "http://localhost:11434/v1", "http://127.0.0.1:1/v1", "http://[::1]:8080/v1", "http://vllm:8000/v1",
            "http://host.docker.internal:11434/v1", "http://172.17.0.1:11434/v1", "http://10.0.3.7:8000/v1",
            "http://192.168.1.20:1234/v1", "http://vllm.models.svc.cluster.local/v1", "http://[fd00::7]:8000/v1",
            "http://gpu-box.local:8080/v1", "http://100.100.1.2/v1", "http://[::ffff:10.0.0.1]/v1",
        ]
    )
    func isPrivate(url: String) throws {
        #expect(NetworkTests.errors(url) == [])
        let text = "providers: {p: {dialect: openai, base_url: \"\(url)\"}}"
        let isWarned = try Sample.read(text).warnings.contains { $0.message.contains("not encrypted") }
        let isHere = url.contains("localhost") || url.contains("127.") || url.contains("[::1]")
        #expect(isWarned == !isHere)
        let meant = text.replacing("}}", with: ", plaintext: true}}")
        #expect(try !Sample.read(meant).warnings.contains { $0.message.contains("not encrypted") })
    }

    @Test("http:// to a name that may be anywhere has to be meant")
    func anywhere() {
        #expect(NetworkTests.errors("http://llm.corp.example.com/v1").contains { $0.contains("plaintext: true") })
        #expect(NetworkTests.errors("http://llm.corp.example.com/v1", ", plaintext: true") == [])
    }

    @Test(
        "http:// to a public address is refused, whatever is meant",
        arguments: [
            "http://8.8.8.8/v1", "http://172.32.0.1/v1", "http://192.169.0.1/v1", "http://[2001:db8::1]/v1",
            "http://[::ffff:8.8.8.8]/v1", "http://[fec0::1]/v1", "http://100.128.0.1/v1",
        ]
    )
    func isPublic(url: String) {
        #expect(!NetworkTests.errors(url, ", plaintext: true").isEmpty)
    }

    private static func proxy(
        _ environment: [String: String],
        url: String = "https://api.example.com/v1",
        _ more: String = ""
    ) throws -> ProxyAddress? {
        try Sample.read("providers: {p: {dialect: openai, base_url: \"\(url)\"\(more)}}", environment)
            .providers[0].provider.proxy
    }

    @Test("alert channels use the environment's proxy as providers do, and not what NO_PROXY names")
    func alertProxy() throws {
        func proxy(_ url: String, _ environment: [String: String]) throws -> ProxyAddress? {
            let channel = "{name: c, type: webhook, url: \"\(url)\", secret: zq83hQpLw2Xk11Aa}"
            return try Sample.read("alerts: {channels: [\(channel)]}", environment).alerts[0].proxy
        }
        let environment = ["HTTPS_PROXY": "http://me:pass@proxy:3128", "NO_PROXY": "inside.example"]
        #expect(try proxy("https://hooks.example.com/x?a=b", environment)?.host == "proxy")
        #expect(try proxy("https://hooks.inside.example/x", environment) == nil)
        #expect(try proxy("https://127.0.0.1:1/x", environment) == nil)
        #expect(try proxy("http://hooks.example.com/x", environment) == nil)
        #expect(try proxy("https://hooks.example.com/x", [:]) == nil)
    }

    @Test("the environment's proxy is used for https://, in either case of its name")
    func environment() throws {
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            let proxy = try #require(try NetworkTests.proxy([name: "http://me:p%40ss@proxy.corp:3128/"]))
            #expect(proxy.host == "proxy.corp")
            #expect(proxy.port == 3128)
            #expect(proxy.credentials?.exposed == "me:p@ss")
            #expect(!"\(proxy)".contains("me"))
        }
        #expect(try NetworkTests.proxy(["HTTPS_PROXY": ""]) == nil)
        #expect(try NetworkTests.proxy(["HTTP_PROXY": "http://proxy:1"]) == nil)
        #expect(try NetworkTests.proxy(["HTTPS_PROXY": "http://proxy:1"], url: "http://vllm:8000/v1") == nil)
        #expect(try NetworkTests.proxy(["HTTPS_PROXY": "http://proxy:1"], url: "https://127.0.0.1:1/v1") == nil)
    }

    @Test(
        "NO_PROXY names who is reached directly",
        arguments: [
            ("*", true), ("example.com", true), (".example.com", true), ("*.example.com", true),
            ("api.example.com", true), ("api.example.com:443", true), ("api.example.com:8443", false),
            ("ample.com", false), ("other.org, example.com", true), ("", false), ("10.0.0.0/8", false),
        ]
    )
    func exceptions(list: String, isDirect: Bool) throws {
        let environment = ["HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": list]
        #expect(try (NetworkTests.proxy(environment) == nil) == isDirect)
    }

    @Test("NO_PROXY takes networks and addresses")
    func networks() throws {
        let environment = ["HTTPS_PROXY": "http://proxy:3128", "no_proxy": "10.0.0.0/8,[fd00::7],192.168.1.1"]
        #expect(try NetworkTests.proxy(environment, url: "https://10.1.2.3/v1") == nil)
        #expect(try NetworkTests.proxy(environment, url: "https://11.1.2.3/v1") != nil)
        #expect(try NetworkTests.proxy(environment, url: "https://[fd00::7]/v1") == nil)
        #expect(try NetworkTests.proxy(environment, url: "https://192.168.1.1/v1") == nil)
    }

    @Test("a provider's own proxy goes before the environment's, and none is none")
    func own() throws {
        let environment = ["HTTPS_PROXY": "http://proxy:3128"]
        #expect(try NetworkTests.proxy(environment, ", proxy: \"http://other:80\"")?.host == "other")
        #expect(try NetworkTests.proxy(environment, ", proxy: none") == nil)
        #expect(try NetworkTests.proxy([:], url: "http://vllm/v1", ", proxy: \"http://other\"")?.port == 80)
    }

    @Test("a proxy that cannot be spoken to is refused, or warned of where the environment names it")
    func unusable() throws {
        for text in ["https://proxy", "socks5://proxy:1080", "http://proxy:0", "http://", "http://p/x", "http://a@p"] {
            let errors = NetworkTests.errors("https://x.example", ", proxy: \"\(text)\"")
            #expect(errors.contains { $0.contains("providers.p.proxy") }, "\(text) \(errors)")
        }
        let read = try Sample.read(
            "providers: {p: {dialect: openai, base_url: \"https://x.example\", api_key: kq7ZtWn2Xv9R}}",
            ["ALL_PROXY": "socks5://proxy:1080"]
        )
        #expect(read.providers[0].provider.proxy == nil)
        #expect(read.warnings.contains { $0.message.contains("ALL_PROXY is not heeded") })
    }

    @Test("a listener on all addresses is written :PORT or *:PORT, and found by a client of this machine")
    func everywhere() throws {
        for text in [":4000", "*:4000"] {
            let address = try #require(ListenAddress(text))
            #expect(address.clientHost == "127.0.0.1")
            #expect(!address.isLoopback)
            #expect(address.bindHost == (SystemAddress.hasIPv6 ? "::" : "0.0.0.0"))
        }
        #expect(ListenAddress("*.example.com:80") == nil)
    }
}
