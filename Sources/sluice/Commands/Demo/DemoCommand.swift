// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `sluice demo`: gray releases to look at, with nothing to set up.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show gray releases in under two minutes: a good one, three bad ones, and an outage.",
        discussion: """
            A real node and a simulated provider on free ports of 127.0.0.1, real requests of a few thousand made-up
            callers, and rollouts that lead themselves. Nothing is kept, and no request leaves this machine. Ctrl-C ends
            it at any time.
            """
    )

    @Option(
        help: ArgumentHelp(
            "Only this scene; may be repeated: \(DemoScene.names).",
            valueName: "scene"
        )
    )
    var only: [DemoScene] = []

    @Option(help: "Requests per second, 20 to 1000.")
    var rate = 150

    func validate() throws {
        guard (20...1_000).contains(rate) else { throw ValidationError("--rate must be 20 to 1000") }
    }

    func run() async throws {
        _ = signal(SIGPIPE, SIG_IGN)
        let scenes = only.isEmpty ? DemoScene.allCases : DemoScene.allCases.filter { only.contains($0) }
        let rate = rate
        do {
            let isWhole = try await DemoStage.with(rate: rate) { stage in
                try await DemoShow(stage: stage, terminal: Terminal(writesJSON: false)).play(scenes)
            }
            if !isWhole { throw ExitCode.failure }
        } catch let failure as CommandFailure {
            Terminal(writesJSON: false).complain(failure)
            throw ExitCode(failure.exit.rawValue)
        } catch is CancellationError {
            throw ExitCode(130)
        }
    }
}

/// What is shown.
enum DemoScene: String, CaseIterable, ExpressibleByArgument {
    case good, errors, slow, expensive, outage

    static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
