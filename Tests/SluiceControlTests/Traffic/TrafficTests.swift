// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import SluiceCore
import SluiceStore
import Testing

@testable import SluiceControl

@Suite("Traffic log and usage export")
struct TrafficTests {
    private let start = Timestamp(milliseconds: 1_760_000_000_000)

    @Test("a line says what the request was, and never what was in it")
    func line() {
        #expect(
            TrafficLine(.sample(1, at: start)).json
                == #"{"timestamp":"2025-10-09T08:53:20.000Z","request_id":"00000000-0000-0001-0000-000000000001","#
                + #""endpoint":"chat_completions","stream":false,"route":"chat","version":"v1","provider":"main","#
                + #""model":"gpt-4.1","bucket":42,"status":200,"ending":"complete","attempt":1,"purpose":"primary","#
                + #""upstream_status":200,"latency_ms":1000.0,"upstream_ms":1000.0,"ttft_ms":250.01,"#
                + #""input_tokens":100,"cached_input_tokens":0,"cache_write_tokens":0,"output_tokens":50,"#
                + #""reasoning_tokens":0,"cost_state":"known","cost_nano_usd":600000,"cost_usd":"0.0006"}"#
        )
    }

    /// A request whose first attempt failed and whose second answered.
    private var retried: Outcome {
        var outcome = Outcome.sample(2, at: start, errorClass: .upstreamError, usage: nil, cost: .known(NanoUSD(5)))
        outcome.errorClass = nil
        outcome.status = 200
        var second = Outcome.sample(2, at: start).attempts[0]
        second.number = 2
        second.purpose = .retry
        second.startedAfter = 500_000_000
        outcome.attempts.append(second)
        return outcome
    }

    @Test("the ledger gives the same line as the log, and one for each attempt where there were several")
    func same() async throws {
        let bench = try await Bench.started()
        let outcomes = [Outcome.sample(1, at: start), .sample(3, at: start, cost: .unpriced), retried]
        try await bench.store.ingest(outcomes.map { .settled($0) }, node: "n", position: JournalPosition())
        let lines = try await bench.plane.usageExport(LedgerFilter()).lines
        #expect(lines.count == 4)
        #expect(lines[0] == TrafficLine(outcomes[0]))
        #expect(lines[1] == TrafficLine(outcomes[1]))
        #expect(lines[2].attempt == 1)
        #expect(lines[2].purpose == .primary)
        #expect(lines[2].upstreamStatus == 502)
        #expect(lines[2].errorClass == .upstreamError)
        #expect(lines[3].attempt == 2)
        let logged = TrafficLine(retried)
        #expect(logged.attempt == 2)
        #expect(logged.errorClass == nil)
        #expect(logged.cost == CostSum(state: .known, amount: NanoUSD(600_005)))
        #expect(logged.firstToken == 750_000_000)
    }

    @Test("pages of the export follow each other without a gap")
    func pages() async throws {
        let bench = try await Bench.started()
        let outcomes = (1...25).map { Outcome.sample($0, at: start) }
        try await bench.store.ingest(outcomes.map { .settled($0) }, node: "n", position: JournalPosition())
        var lines: [TrafficLine] = []
        var cursor: Int64 = 0
        while true {
            let page = try await bench.plane.usageExport(LedgerFilter(), after: cursor, limit: 10)
            lines += page.lines
            guard let next = page.next else { break }
            #expect(next > cursor)
            cursor = next
        }
        #expect(lines == outcomes.map { TrafficLine($0) })
    }

    @Test("CSV has a name for each column, quotes what needs it and runs no formula")
    func csv() {
        var outcome = Outcome.sample(1, at: start)
        outcome.attempts[0].model = "=cmd(\"a,b\")"
        let line = TrafficLine(outcome)
        #expect(line.csv.contains(#","'=cmd(""a,b"")","#))
        let plain = TrafficLine(.sample(1, at: start)).csv
        #expect(
            plain.split(separator: ",", omittingEmptySubsequences: false).count
                == TrafficLine.csvHeader.split(separator: ",").count
        )
    }

    @Test("the amounts of the log are those of the ledger, also after attempts that failed, were cut or called off")
    func sameAmounts() async throws {
        let bench = try await Bench.started()
        var outcomes: [Outcome] = []
        for number: UInt64 in 1...40 {
            var outcome = Outcome.sample(number, at: start)
            let answered = outcome.attempts[0]
            for (place, errorClass) in ErrorClass.allCases.enumerated() where (number >> (place % 6)) & 1 == 1 {
                var attempt = answered
                attempt.number = outcome.attempts.count + 1
                attempt.errorClass = errorClass
                if place % 2 == 0 { (attempt.usage, attempt.cost) = (nil, .unknown) }
                if place % 3 == 0 { attempt.usage?.isEstimated = true }
                outcome.attempts.append(attempt)
            }
            outcomes.append(outcome)
        }
        try await bench.store.ingest(outcomes.map { .settled($0) }, node: "n", position: JournalPosition())
        let lines = try await bench.plane.usageExport(LedgerFilter()).lines
        for outcome in outcomes {
            let rows = lines.filter { $0.request == outcome.request }
            let logged = TrafficLine(outcome)
            #expect(logged.cost?.amount?.rawValue == rows.compactMap { $0.cost?.amount?.rawValue }.reduce(0, +))
            #expect(logged.tokens?.input == rows.compactMap { $0.tokens?.input }.reduce(0, +))
        }
    }

    @Test("an estimated cost says that it is one")
    func estimated() {
        var outcome = Outcome.sample(1, at: start)
        outcome.attempts[0].usage?.isEstimated = true
        #expect(
            TrafficLine(outcome).json.hasSuffix(
                #""cost_state":"estimated","cost_nano_usd":600000,"cost_usd":"0.0006"}"#
            )
        )
    }

    @Test("a cost that is unknown for one attempt is unknown for the request")
    func unknownCost() {
        var outcome = Outcome.sample(1, at: start)
        var second = outcome.attempts[0]
        second.number = 2
        second.cost = .unknown
        second.usage = nil
        outcome.attempts.append(second)
        #expect(TrafficLine(outcome).cost == CostSum(state: .unknown, amount: NanoUSD(600_000)))
        #expect(TrafficLine(outcome).tokens?.input == 100)
        #expect(TrafficLine(outcome).json.contains(#""cost_state":"unknown","cost_nano_usd":600000,"#))
    }

    @Test("a refused request has a line without version or tokens")
    func refused() {
        var outcome = Outcome(request: RequestID(high: 1, low: 1), startedAt: start, endpoint: .other, epoch: 1)
        outcome.status = 401
        outcome.errorClass = .refused
        let line = TrafficLine(outcome)
        #expect(line.json.contains(#""status":401,"ending":"refused","error_class":"refused","attempt":0"#))
        #expect(!line.json.contains("tokens"))
        #expect(!line.json.contains("cost"))
    }

    @Test("the log rotates by size and keeps so many files")
    func rotation() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("traffic-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("traffic.jsonl").path
        let log = TrafficLog(
            .init(path: path, maxBytes: 4_096, files: 3),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        for number: UInt64 in 1...60 { log.observe([.sample(number, at: start)]) }
        #expect(await log.flush(within: .seconds(20)))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(files == ["traffic.jsonl", "traffic.jsonl.1", "traffic.jsonl.2"])
        var lines: [String] = []
        for name in files.reversed() {
            let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            #expect(text.utf8.count <= 4_096)
            lines += text.split(separator: "\n").map(String.init)
        }
        let wanted = (1...60).map { TrafficLine(.sample(UInt64($0), at: start)).json }
        #expect(lines == Array(wanted.suffix(lines.count)))
        #expect(lines.count > 10)
        #expect(log.lost == 0)
        // Another process's rotation.
        try FileManager.default.moveItem(atPath: path, toPath: path + ".moved")
        log.reopen()
        log.observe([.sample(61, at: start)])
        #expect(await log.flush(within: .seconds(20)))
        #expect(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count == 1)
    }

    @Test("a log that cannot be written loses lines, not the process")
    func unwritable() async {
        let log = TrafficLog(
            .init(path: "/nonexistent/folder/traffic.jsonl"),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        log.observe([.sample(1, at: start), .sample(2, at: start)])
        #expect(await log.flush(within: .seconds(20)))
        #expect(log.lost == 2)
    }

    @Test("a pipe that nobody reads takes the place of the log without holding anybody up")
    func unread() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("traffic-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        signal(SIGPIPE, SIG_IGN)
        let path = folder.appendingPathComponent("traffic.pipe").path
        #expect(mkfifo(path, 0o600) == 0)
        let log = TrafficLog(.init(path: path), log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let batch = (1...1_000).map { Outcome.sample(UInt64($0), at: start) }
        // Opening a pipe that has no reader blocks: all of this returns at once all the same.
        for _ in 0..<40 { log.observe(batch) }
        log.reopen()
        #expect(log.lost > 0)
        #expect(await log.flush(within: .zero) == false)
        // A reader lets the thread go on.
        let reader = open(path, O_RDONLY | O_NONBLOCK)
        #expect(reader >= 0)
        close(reader)
    }
}
