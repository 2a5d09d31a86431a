// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization
import Testing

@testable import SluiceTelemetry

@Suite("Log lines")
struct LogLineTests {
    private func line(_ message: String, _ metadata: Logger.Metadata = [:]) -> LogLine {
        LogLine(time: "2026-11-20T23:49:04.125Z", level: .notice, label: "sluice", message: message, metadata: metadata)
    }

    @Test("JSON has time, level, logger, message and dotted metadata in order")
    func json() {
        let entry = line(
            "changed",
            ["sluice.version": "v2", "count": .stringConvertible(3), "ok": .stringConvertible(true)]
        )
        #expect(
            entry.json
                == "{\"time\":\"2026-11-20T23:49:04.125Z\",\"level\":\"notice\",\"logger\":\"sluice\","
                + "\"message\":\"changed\",\"count\":3,\"ok\":true,\"sluice.version\":\"v2\"}\n"
        )
    }

    @Test("text has one line, whatever the message holds")
    func oneLine() {
        let entry = line("a\nb\u{2028}c\rd", ["x": "p\nq", "y": "plain", "z": ""])
        #expect(
            entry.text == "2026-11-20T23:49:04.125Z notice sluice: a b c d x=\"p\\nq\" y=plain z=\"\"\n"
        )
        #expect(entry.json.filter { $0 == "\n" }.count == 1)
    }

    @Test("control characters are escaped in JSON")
    func control() {
        #expect(line("\u{1}\u{1F}\"\\\t").json.contains("\"message\":\"\\u0001\\u001f\\\"\\\\\\t\""))
    }

    @Test(
        "values whose name speaks of a secret are not written",
        arguments: [
            "authorization", "sluice.api_key", "x-api-key", "client.secret", "Password", "set-cookie", "pepper",
        ]
    )
    func secrets(name: String) {
        let entry = line("m", [name: "hunter2", "nested": .dictionary([name: "hunter2"])])
        #expect(!entry.json.contains("hunter2"))
        #expect(entry.json.contains("<redacted>"))
        let flat = line("m", [name: "hunter2"])
        #expect(!flat.text.contains("hunter2"))
    }

    @Test("nested metadata keeps its shape")
    func nested() {
        let entry = line("m", ["a": .array(["x", .dictionary(["b": "c"])])])
        #expect(entry.json.contains("\"a\":[\"x\",{\"b\":\"c\"}]"))
    }

    @Test("a logger with this handler writes entries at its level and above")
    func handler() {
        let box = Lines()
        var logger = Logger(label: "t") { label in
            StreamLog(label: label, format: .text, level: .info, now: { "now" }, write: { box.add($0) })
        }
        logger[metadataKey: "a"] = "1"
        logger.debug("hidden")
        logger.warning("seen", metadata: ["b": "2"])
        #expect(box.all == ["now warning t: seen a=1 b=2\n"])
    }
}

private final class Lines: Sendable {
    private let held = Mutex<[String]>([])
    func add(_ line: String) { held.withLock { $0.append(line) } }
    var all: [String] { held.withLock { $0 } }
}
