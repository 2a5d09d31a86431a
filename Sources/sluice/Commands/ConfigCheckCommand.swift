// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceCore
import SluiceNode

/// `sluice config check FILE`: everything that is wrong with a file, without starting anything.
struct ConfigCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Read a configuration file and tell everything that is wrong with it.",
        discussion: """
            Shows what the file would put in force, and, where the node it describes is running, how the release state
            there differs from the file's first values (drift). Nothing is changed. ${NAME} is taken from this shell's
            environment.

            Exit codes: 0 the file would be taken, 1 it would be refused.

              sluice config check sluice.yaml && kill -HUP "$(pidof sluice)"
            """
    )

    @Argument(help: "The configuration file.")
    var file = "sluice.yaml"

    @Flag(help: "Write the findings as JSON.")
    var json = false

    func run() async throws {
        let configuration: NodeConfiguration
        do throws(ConfigurationFileError) {
            configuration = try NodeConfiguration.load(
                file,
                environment: NodeEnvironment.all,
                toleratesMissingFiles: true,
                now: WallClock.now()
            )
        } catch {
            show(error.problems, nil, nil)
            throw ExitCode.failure
        }
        show(configuration.warnings, configuration, await DriftCheck.of(configuration))
    }

    private func show(_ problems: [ConfigProblem], _ configuration: NodeConfiguration?, _ drift: DriftCheck?) {
        if json {
            print(PrettyJSON.text(.object(object(problems, configuration, drift))))
            return
        }
        for problem in problems { Terminal.error(problem.text(file: file)) }
        guard let configuration else {
            let errors = problems.count { $0.severity == .error }
            Terminal.error("\(file): refused: \(errors) \(errors == 1 ? "error" : "errors")")
            return
        }
        print(ConfigurationSummary(configuration).text)
        if let drift { print(drift.text) }
        print("\(file): ok\(problems.isEmpty ? "" : ", with \(problems.count) warnings")")
    }

    private func object(
        _ problems: [ConfigProblem],
        _ configuration: NodeConfiguration?,
        _ drift: DriftCheck?
    ) -> JSONObject {
        var object = JSONObject()
        object["ok"] = .bool(configuration != nil)
        object["problems"] = .array(
            problems.map { problem in
                var entry = JSONObject()
                entry["severity"] = .string(problem.severity.rawValue)
                entry["line"] = .integer("\(problem.line)")
                entry["column"] = .integer("\(problem.column)")
                entry["path"] = .string(problem.path)
                entry["message"] = .string(problem.message)
                return .object(entry)
            }
        )
        if let configuration { object["would_be"] = ConfigurationSummary(configuration).json }
        if let drift { object["drift"] = drift.json }
        return object
    }
}
