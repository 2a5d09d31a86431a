// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceCore
import SluiceMock
import SluiceNode

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// `sluice mock`: a simulated provider on a real socket.
struct MockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mock",
        abstract: "Run a simulated provider that speaks every dialect: OpenAI, Anthropic, Gemini, Bedrock.",
        discussion: """
            Answers /v1/chat/completions, /v1/completions, /v1/embeddings and /v1/models like a provider would, whole and
            as streams, with tools, structured output and usage; the same seed gives the same answers. No key is needed
            unless --require-key sets one, and no request leaves this machine.

            Durations and counts may be spread: 200ms is fixed, 100ms-300ms is uniform, p50=200ms,p99=900ms is
            log-normal. For example, a provider that is usually quick, sometimes slow, and fails one time in fifty:

              sluice mock --latency p50=300ms,p99=2s --ttft 80ms-150ms --interval 15ms --error-rate 0.02

            A model's name can ask for a fault: mock-error-429, mock-slow-5s, mock-hang, mock-reset, mock-cut-5,
            mock-stall-5, mock-error-in-stream-5, mock-no-done, mock-no-usage, mock-malformed, mock-empty,
            mock-flaky-2, mock-split-1, mock-odd.

            A model named fault-… breaks the rules byte by byte, in every dialect: fault-cut-120, fault-both-lengths,
            fault-error-5, fault-retry-date-5 and so on; --faults FILE plans such faults by number, chance and time.

            Everything can change while it runs, for all models or for one:

              curl -X PUT 127.0.0.1:4010/mock/settings -d '{"models": {"gpt-4.1": {"error_rate": 0.5}}}'
              curl 127.0.0.1:4010/mock/log

            docs/mock.md says all of it.
            """
    )

    @Option(help: "Address and port to listen on; port 0 takes a free one.")
    var listen = "127.0.0.1:4010"

    @Option(help: "Number that answers, delays and faults follow from.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("How long a whole answer takes.", valueName: "spread"))
    var latency: String?

    @Option(help: ArgumentHelp("Time to the first token of a stream; --latency without it.", valueName: "spread"))
    var ttft: String?

    @Option(help: ArgumentHelp("Pause between two pieces of a stream.", valueName: "spread"))
    var interval: String?

    @Option(help: "Pieces a stream's text is cut into; one per token without it.")
    var chunks: Int?

    @Option(help: ArgumentHelp("Share of requests that fail, 0 to 1.", valueName: "share"))
    var errorRate: Double?

    @Option(
        help: ArgumentHelp(
            "How they fail, separated by commas: error-503, reset, cut-5 and the like.",
            valueName: "faults"
        )
    )
    var errors: String?

    @Option(help: ArgumentHelp("Tokens of an answer, before the caller's limit.", valueName: "spread"))
    var outputTokens: String?

    @Option(help: ArgumentHelp("Share of a request's tokens that count as cached, 0 to 1.", valueName: "share"))
    var cachedShare: Double?

    @Option(help: "Reasoning tokens of each answer.")
    var reasoningTokens: Int?

    @Option(help: "Another number gives other answers, as a model that has changed behind its name.")
    var drift: Int?

    @Option(name: .customLong("model"), help: "A model that is served; repeat it. Without it every name is.")
    var models: [String] = []

    @Option(help: "A key that callers must show.")
    var requireKey: String?

    @Option(help: ArgumentHelp("Append a line of JSON per request to this file.", valueName: "file"))
    var log: String?

    @Option(help: ArgumentHelp("Plan of faults, a YAML or JSON file (docs/mock.md).", valueName: "file"))
    var faults: String?

    @Option(help: "Threads that serve connections.")
    var threads = 1

    func validate() throws {
        _ = try address()
        _ = try settings()
        _ = try plan()
    }

    func run() async throws {
        let (host, port) = try address()
        let provider = try MockProvider(settings: settings(), faults: plan(), seed: seed, loops: threads, logFile: log)
        let bound = try await provider.start(host: host, port: port)
        print("simulated provider on http://\(host):\(bound)/v1 (seed \(seed)); stop it with Ctrl-C")
        // All streams: a script that reads the port through a pipe sees it at once.
        fflush(nil)
        await provider.waitUntilStopped()
    }

    private func address() throws -> (host: String, port: Int) {
        guard let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw ValidationError("--listen takes an address and a port, like 127.0.0.1:4010") }
        let host = listen[..<colon].trimmingPrefix("[")
        return (host.hasSuffix("]") ? String(host.dropLast()) : String(host), port)
    }

    private func plan() throws -> FaultPlan {
        guard let faults else { return FaultPlan() }
        do {
            return try FaultPlan(PlanFile.read(faults, environment: NodeEnvironment.all))
        } catch let error as SettingsError {
            throw ValidationError("\(faults): \(error)")
        } catch {
            throw ValidationError("\(error)")
        }
    }

    private func settings() throws -> MockSettings {
        var fields = JSONObject()
        func set(_ name: String, _ text: String?) { if let text { fields[name] = .string(text) } }
        func set(_ name: String, _ number: Double?) { if let number { fields[name] = .double(number) } }
        func set(_ name: String, _ number: Int?) { if let number { fields[name] = .integer("\(number)") } }
        set("latency", latency)
        set("ttft", ttft)
        set("interval", interval)
        set("chunks", chunks)
        set("error_rate", errorRate)
        set("output_tokens", outputTokens)
        set("cached_share", cachedShare)
        set("reasoning_tokens", reasoningTokens)
        set("drift", drift)
        set("api_key", requireKey)
        if let errors { fields["errors"] = .array(errors.split(separator: ",").map { .string(String($0)) }) }
        if !models.isEmpty { fields["only_models"] = .array(models.map { .string($0) }) }
        do throws(SettingsError) {
            return try MockSettings().merging(fields)
        } catch {
            throw ValidationError("--\(error.field.split(separator: "_").joined(separator: "-")): \(error.expected)")
        }
    }
}
