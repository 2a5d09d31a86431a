// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceMock

@Suite("Settings")
struct SettingsTests {
    @Test("changes are laid over what holds, one model before all, and null takes them back")
    func merging() throws {
        var settings = try merged("{\"latency\":\"50ms\",\"models\":{\"a\":{\"latency\":10,\"drift\":3}}}")
        #expect(settings.profile(of: "a").latency == .fixed(10))
        #expect(settings.profile(of: "b").latency == .fixed(50))
        settings = try merged("{\"models\":{\"a\":{\"latency\":null}}}", over: settings)
        #expect(settings.profile(of: "a").latency == .fixed(50))
        #expect(settings.profile(of: "a").drift == 3)
        settings = try merged("{\"models\":{\"a\":null},\"latency\":null}", over: settings)
        #expect(settings == MockSettings())
    }

    @Test(
        "a wrong field is refused by its name",
        arguments: [
            ("{\"latncy\":\"1s\"}", "latncy"), ("{\"error_rate\":2}", "error_rate"),
            ("{\"models\":{\"a\":{\"chunks\":0}}}", "models.a.chunks"), ("{\"errors\":[\"oops\"]}", "errors"),
            ("{\"latency\":\"soon\"}", "latency"), ("{\"script\":{\"status\":99}}", "script.status"),
            ("{\"script\":{\"writes_base64\":[\"?\"]}}", "script.writes_base64"),
        ]
    )
    func refused(text: String, field: String) throws {
        let error = #expect(throws: SettingsError.self) { try merged(text) }
        #expect(error?.field == field)
    }

    @Test("what is written shows no key")
    func secret() throws {
        let settings = try merged("{\"api_key\":\"hush\",\"error_rate\":0.5,\"errors\":[\"cut-3\",\"error-503\"]}")
        #expect(!settings.json.contains("hush"))
        #expect(settings.json.contains("\"api_key_required\":true"))
        #expect(settings.json.contains("\"errors\":[\"cut-3\",\"error-503\"]"))
    }

    @Test("a script gives exact bytes, headers and an ending")
    func script() throws {
        let settings = try merged(
            "{\"script\":{\"status\":201,\"headers\":{\"x-a\":\"b\"},\"writes_base64\":[\"/w==\",\"AA==\"],\"ending\":\"cut\"}}"
        )
        let reply = plan(chat("Hi"), settings: settings)
        #expect(reply.status == 201)
        let writes = reply.steps.compactMap { step -> [UInt8]? in
            if case .write(let bytes, _) = step { bytes } else { nil }
        }
        #expect(writes == [[0xFF], [0x00]])
        guard case .close = try #require(reply.steps.last) else { return #expect(Bool(false), "the plan goes on") }
    }

    private func merged(_ text: String, over settings: MockSettings = MockSettings()) throws -> MockSettings {
        try settings.merging(#require(try JSONValue(parsing: text).object))
    }
}
