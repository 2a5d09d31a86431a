// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import SluiceCore
import SluiceQuality

/// `sluice validate`: the same prompts to two models or two endpoints, answer beside answer.
struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Ask two models or two endpoints the same, and compare the answers.",
        discussion: """
            sluice validate --from chat --to chat-next --prompts prompts.txt
            sluice validate --from gpt-4.1 --from-url https://old.example/v1 --to gpt-5.2 --to-url https://new.example/v1 \\
                --prompts prompts.jsonl --fail-under 0.95 --junit report.xml

            A name is what stands in `model`: a route of the relay, or a model of another endpoint of OpenAI's dialect. The file has
            one prompt a line: text, JSON with `messages`, or lines of OpenAI's batches (`custom_id`, `body`).

            A case passes where status, finish reason, refusal, tool calls and JSON agree, and the texts are equal, equal when
            normalised, or alike (--similarity). Keys stand in $SLUICE_API_KEY, or $SLUICE_FROM_KEY and $SLUICE_TO_KEY.

            Exit codes: 0 passed, 1 failed, 2 undecided (too few cases for --fail-under) or wrong use, 3 one of the two not reached.
            """
    )

    @Option(help: "The model that is known.")
    var from: String

    @Option(help: "The model that is to take its place.")
    var to: String

    @Option(help: ArgumentHelp("The prompts, one a line.", valueName: "file"))
    var prompts: String

    @Option(
        help: ArgumentHelp(
            "Where both are asked (default: $SLUICE_URL, or http://127.0.0.1:4000/v1).",
            valueName: "url"
        )
    )
    var url: String?

    @Option(help: ArgumentHelp("Where the first is asked.", valueName: "url"))
    var fromURL: String?

    @Option(help: ArgumentHelp("Where the second is asked.", valueName: "url"))
    var toURL: String?

    @Option(help: ArgumentHelp("The first's key; $SLUICE_FROM_KEY is better.", valueName: "key"))
    var fromKey: String?

    @Option(help: ArgumentHelp("The second's key; $SLUICE_TO_KEY is better.", valueName: "key"))
    var toKey: String?

    @Option(
        name: .customLong("repeat"),
        help: "How often each prompt is asked; it passes where more than half of the times do."
    )
    var times = 1

    @Option(help: "How many prompts are asked at once.")
    var concurrency = 4

    @Option(help: "The least similarity of texts that differ, 0 to 1; 0 asks nothing of texts.")
    var similarity = 0.8

    @Option(help: "The share of cases that must pass, 0 to 1; without it all must.")
    var failUnder: Double?

    @Flag(help: "Write the report as JSON.")
    var json = false

    @Option(help: ArgumentHelp("Write a report for CI systems.", valueName: "file"))
    var junit: String?

    @Option(help: ArgumentHelp("Write a page with the answers side by side.", valueName: "file"))
    var html: String?

    func validate() throws {
        guard (1...100).contains(times) else { throw ValidationError("--repeat is from 1 to 100") }
        guard (1...64).contains(concurrency) else { throw ValidationError("--concurrency is from 1 to 64") }
        guard (0...1).contains(similarity) else { throw ValidationError("--similarity is from 0 to 1") }
        guard failUnder.map({ (0...1).contains($0) }) ?? true else {
            throw ValidationError("--fail-under is from 0 to 1")
        }
    }

    func run() async throws {
        let terminal = Terminal(writesJSON: json)
        do {
            let report = try await compared()
            try terminal.show(report.json) { report.text }
            if let junit { try ValidateCommand.write(report.junit, to: junit) }
            if let html { try ValidateCommand.write(report.html, to: html) }
            if report.exit != 0 { throw ExitCode(report.exit) }
        } catch let failure as CommandFailure {
            terminal.complain(failure)
            throw ExitCode(failure.exit.rawValue)
        }
    }

    private func compared() async throws -> ValidateReport {
        let cases = try ValidateCase.read(prompts)
        let environment = ProcessInfo.processInfo.environment
        let base = url ?? environment["SLUICE_URL"] ?? "http://127.0.0.1:4000/v1"
        let shared = environment["SLUICE_API_KEY"]
        let first = try side(fromURL ?? base, fromKey ?? environment["SLUICE_FROM_KEY"] ?? shared, from)
        let second = try side(toURL ?? base, toKey ?? environment["SLUICE_TO_KEY"] ?? shared, to)
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(10))
        // Nobody at the door is an answer: with retries each prompt would wait for the whole timeout.
        configuration.connectionPool.retryConnectionEstablishment = false
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let run = ValidateRun(
            first: first,
            second: second,
            rule: PassRule(similarity: similarity),
            times: times,
            http: http
        )
        let results = await run.results(of: cases, atOnce: concurrency)
        try? await http.shutdown()
        return ValidateReport(from: from, to: to, results: results, failUnder: failUnder)
    }

    private func side(_ url: String, _ key: String?, _ model: String) throws(CommandFailure) -> ValidateSide {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw .usage("The URL '\(url)' must begin with http:// or https://.")
        }
        var base = url
        while base.hasSuffix("/") { base.removeLast() }
        return ValidateSide(url: base, key: key, model: model)
    }

    private static func write(_ text: String, to path: String) throws(CommandFailure) {
        do {
            try Data(text.utf8).write(to: URL(filePath: path))
        } catch {
            throw .usage("The file '\(path)' cannot be written.")
        }
    }
}

/// Asks both sides.
struct ValidateRun: Sendable {
    let first: ValidateSide
    let second: ValidateSide
    let rule: PassRule
    let times: Int
    let http: HTTPClient

    private static let answerLimit = 16 << 20

    /// In the order of the cases.
    func results(of cases: [ValidateCase], atOnce: Int) async -> [ValidateResult] {
        var results = [ValidateResult?](repeating: nil, count: cases.count)
        await withTaskGroup(of: (Int, ValidateResult).self) { group in
            var next = 0
            func begin() {
                guard next < cases.count else { return }
                let (place, request) = (next, cases[next])
                next += 1
                group.addTask { (place, await self.result(of: request)) }
            }
            for _ in 0..<atOnce { begin() }
            while let (place, result) = await group.next() {
                results[place] = result
                begin()
                if JudgeOutput.isInteractive {
                    JudgeOutput.note("\r\(results.count { $0 != nil }) of \(cases.count) ")
                }
            }
        }
        if JudgeOutput.isInteractive { JudgeOutput.note("\r") }
        return results.compactMap { $0 }
    }

    private func result(of request: ValidateCase) async -> ValidateResult {
        var result = ValidateResult(id: request.id)
        let schema = request.schema
        for _ in 0..<times {
            async let asked = ask(first, request)
            let other = await ask(second, request)
            let one = await asked
            guard one.status != nil, other.status != nil else {
                result.isError = true
                let isNeither = one.status == nil && other.status == nil
                result.faults.append([
                    isNeither
                        ? "neither could be reached"
                        : "the \(one.status == nil ? "first" : "second") could not be reached"
                ])
                continue
            }
            let comparison = Comparison(one, other, schema: schema)
            result.faults.append(rule.faults(of: comparison, one, other))
            result.comparison = comparison
            result.isContentMatch = rule.isContentMatch(comparison)
            (result.first, result.second) = (one, other)
        }
        if result.comparison != nil { result.isError = false }
        return result
    }

    private func ask(_ side: ValidateSide, _ asked: ValidateCase) async -> ComparedAnswer {
        var request = HTTPClientRequest(url: side.url + "/chat/completions")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "user-agent", value: "sluice-cli")
        if let key = side.key { request.headers.add(name: "authorization", value: "Bearer \(key)") }
        request.body = .bytes(side.body(of: asked))
        let began = ContinuousClock.now
        do {
            let response = try await http.execute(request, timeout: .seconds(300))
            let body = try await response.body.collect(upTo: ValidateRun.answerLimit)
            let (seconds, attoseconds) = (ContinuousClock.now - began).components
            return ComparedAnswer(
                chat: body.readableBytesView,
                status: Int(response.status.code),
                duration: seconds * 1_000_000_000 + attoseconds / 1_000_000_000
            )
        } catch {
            return ComparedAnswer(status: nil)
        }
    }
}
