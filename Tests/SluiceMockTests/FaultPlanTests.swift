// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceMock

@Suite("Faulty answers")
struct FaultPlanTests {
    @Test("a cut stream holds as many pieces as asked for and never ends", arguments: [0, 1, 5])
    func cut(pieces: Int) throws {
        let reply = plan(chat("Hello", model: "mock-cut-\(pieces)", "\"stream\":true"))
        let contents = try reply.events().compactMap { $0["choices"]?[0]?["delta"]?["content"]?.string }
        #expect(contents.filter { !$0.isEmpty }.count == pieces)
        #expect(!reply.bodyText.contains("[DONE]"))
        guard case .close = try #require(reply.steps.last) else { return #expect(Bool(false), "the plan goes on") }
    }

    @Test("an error inside a stream follows its pieces, and nothing follows it")
    func errorInStream() throws {
        let events = try plan(chat("Hello", model: "mock-error-in-stream-2", "\"stream\":true")).events()
        #expect(events.last?["error"]?["type"]?.string == "server_error")
        #expect(events.count == 4)
    }

    @Test("errors come as often as the rate says, and at the same places for the same seed")
    func rate() {
        var settings = MockSettings()
        settings.base.errorRate = 0.2
        settings.base.errors = [.status(503)]
        let run = { (1...2_000).map { plan(chat("Hi"), settings: settings, sequence: $0).status } }
        let statuses = run()
        let failures = statuses.count { $0 == 503 }
        #expect((330...470).contains(failures))
        #expect(statuses == run())
    }

    @Test("429 says when to come back")
    func retryAfter() {
        var settings = MockSettings()
        settings.base.retryAfter = 2.5
        let headers = plan(chat("Hi", model: "mock-error-429"), settings: settings).headers
        #expect(headers.contains { $0 == ("retry-after", "2.5") })
        #expect(headers.contains { $0 == ("retry-after-ms", "2500") })
    }

    @Test("the log is written before the last bytes of the body", arguments: ["\"stream\":true", "\"n\":1"])
    func recordedFirst(more: String) throws {
        let steps = plan(chat("Hello", more)).steps
        let record = try #require(steps.firstIndex { if case .record = $0 { true } else { false } })
        let lastWrite = try #require(steps.lastIndex { if case .write = $0 { true } else { false } })
        #expect(record < lastWrite)
    }

    @Test("an odd answer means the same in another spelling")
    func odd() throws {
        let reply = plan(chat("Hello", model: "mock-odd"))
        #expect(reply.bodyText.contains("1e400") && reply.bodyText.contains("1E+2"))
        let value = try reply.json()
        #expect(value["choices"]?[0]?["message"]?["content"]?.string?.hasPrefix("You asked") == true)
        #expect(value["usage"]?["total_tokens"] != nil)
    }

    @Test("an answer without usage is otherwise whole")
    func noUsage() throws {
        let value = try plan(chat("Hello", model: "mock-no-usage")).json()
        #expect(value["usage"] == nil)
        #expect(value["choices"]?[0]?["finish_reason"]?.string == "stop")
    }

    @Test("a split body is the same bytes in small writes")
    func split() throws {
        let reply = plan(chat("Hello", model: "mock-split-1"))
        let writes = reply.steps.count { if case .write(let bytes, _) = $0 { bytes.count == 1 } else { false } }
        #expect(writes == reply.length)
        _ = try reply.json()
    }
}
