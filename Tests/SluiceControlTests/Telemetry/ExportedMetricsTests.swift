// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import SluiceTelemetry
import Testing

@testable import SluiceControl

@Suite("Prometheus figures")
struct ExportedMetricsTests {
    private let start = Timestamp(milliseconds: 1_760_000_000_000)

    private func book() async throws -> ExportedMetrics {
        let bench = try await Bench.started()
        try await bench.register("v2", state: .canary, weight: 0.25)
        let snapshot = await bench.plane.snapshot
        let moment = start
        let book = ExportedMetrics()
        book.include(
            NodeGauges(
                inFlight: { 3 },
                isJournalDegraded: { false },
                snapshot: { snapshot },
                ingester: IngesterStatus(),
                now: { moment },
                build: "1.2.3"
            )
        )
        var streamed = Outcome.sample(1, at: start)
        streamed.isStream = true
        streamed.firstToken = 250_000_000
        var refused = Outcome(request: RequestID(high: 2, low: 1), startedAt: start, endpoint: .other, epoch: 1)
        refused.errorClass = .refused
        book.observe([
            streamed, .sample(2, at: start, errorClass: .upstreamError, usage: nil, cost: .unknown),
            .sample(3, at: start, version: "v2", cost: .unpriced), refused,
            .sample(4, at: start, version: "v3", usage: Usage(freshInput: 1, isEstimated: true)),
        ])
        return book
    }

    @Test("outcomes are counted by route, version and how they ended")
    func counts() async throws {
        let text = try await book().registry.text()
        for line in [
            #"sluice_requests_total{route="chat",version="v1",class="ok"} 1"#,
            #"sluice_requests_total{route="chat",version="v1",class="upstream_error"} 1"#,
            #"sluice_requests_total{route="",version="",class="refused"} 1"#,
            #"sluice_attempts_total{version="v2",provider="main",purpose="primary",class="ok"} 1"#,
            #"sluice_tokens_total{version="v1",provider="main",kind="input"} 100"#,
            #"sluice_cost_usd_total{version="v1",provider="main",state="known"} 0.0006"#,
            #"sluice_cost_usd_total{version="v1",provider="main",state="estimated"} 0"#,
            #"sluice_cost_usd_total{version="v3",provider="main",state="estimated"} 0.0006"#,
            #"sluice_cost_usd_total{version="v3",provider="main",state="known"} 0"#,
            #"sluice_unpriced_attempts_total{version="v2",provider="main"} 1"#,
            #"sluice_unmetered_attempts_total{version="v1",provider="main"} 1"#,
            #"sluice_request_duration_seconds_bucket{route="chat",version="v1",le="1"} 2"#,
            #"sluice_time_to_first_token_seconds_count{route="chat",version="v1"} 1"#,
            "sluice_requests_in_flight 3",
            "sluice_store_up 1",
            #"sluice_version_effective_weight_ratio{route="chat",version="v2"} 0.25"#,
            #"sluice_version_state{route="chat",version="v2",state="canary"} 1"#,
        ] {
            #expect(text.contains(line + "\n"), "\(line)")
        }
    }

    @Test(
        "promtool finds nothing to say about the text",
        .enabled(if: promtool != nil, "promtool is not installed (Debian: apt-get install prometheus)")
    )
    func check() async throws {
        let path = try #require(promtool)
        let text = try await book().registry.text()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        input.fileHandleForWriting.write(Data(text.utf8))
        try input.fileHandleForWriting.close()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(said)")
        #expect(said.isEmpty)
    }
}

private let promtool = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first {
    FileManager.default.isExecutableFile(atPath: $0)
}
