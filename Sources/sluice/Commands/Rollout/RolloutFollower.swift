// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How a rollout ended, as an exit code that CI understands.
enum RolloutEnd: Int32 {
    case completed = 0
    case rolledBack = 1
    case undecided = 2

    init(_ view: RolloutView) {
        switch view.phase {
        case "completed": self = .completed
        case "aborted": self = .rolledBack
        default: self = .undecided
        }
    }

    /// Ends the process with the code, unless all is well.
    func leave() throws {
        if self != .completed { throw ExitCode(rawValue) }
    }
}

/// Looks at a rollout again and again and shows it: a screen that is drawn anew, or lines where nobody looks.
struct RolloutFollower {
    let client: AdminClient
    let terminal: Terminal
    let id: String
    /// Between two looks.
    var pace: Duration = .seconds(1)
    /// Looks without a change after which a line is printed all the same.
    var patience = 30
    /// Follows until this moment; without it, until the rollout has ended.
    var deadline: ContinuousClock.Instant?
    /// Looks in a row that may fail before following ends: a node that restarts is no reason to give up.
    private let failuresAllowed = 60

    /// Follows to the end, to the deadline, or until enough was seen.
    ///
    /// - Returns: what was seen last.
    func watch(until isEnough: (RolloutView) -> Bool = { _ in false }) async throws -> RolloutView {
        var paper = RolloutPaper(isScreen: !terminal.writesJSON && isatty(1) == 1, writesJSON: terminal.writesJSON)
        var failures = 0
        var last: RolloutView?
        while true {
            do throws(CommandFailure) {
                let answer = try await client.call("GET", ["rollouts", id])
                let view = try AdminClient.shape(RolloutView.self, of: answer, from: client.base)
                paper.put(view, json: answer, patience: patience)
                failures = 0
                last = view
                if !view.open || isEnough(view) { return view }
            } catch {
                failures += 1
                guard error.exit == .unreachable, last != nil, failures <= failuresAllowed else { throw error }
                if failures == 1 { Terminal.error("waiting: \(Terminal.clean(error.body.message))") }
            }
            if let deadline, let last, deadline <= .now { return last }
            try await Task.sleep(for: pace)
        }
    }

    /// Follows to the end, tells it, and ends the process with its exit code.
    func follow() async throws {
        let view = try await watch()
        if !terminal.writesJSON { Terminal.say(RolloutText.line(view)) }
        try RolloutEnd(view).leave()
    }
}

/// What a rollout is written on: a terminal's screen that is written over, or an endless roll.
struct RolloutPaper {
    let isScreen: Bool
    let writesJSON: Bool
    private var drawn = 0
    private var landmark = ""
    private var still = 0

    init(isScreen: Bool, writesJSON: Bool) {
        self.isScreen = isScreen
        self.writesJSON = writesJSON
    }

    mutating func put(_ view: RolloutView, json: JSONValue, patience: Int) {
        if let text = text(for: view, json: json, patience: patience) { Terminal.write(Array(text.utf8)) }
    }

    /// What is to be written now, if anything.
    mutating func text(for view: RolloutView, json: JSONValue, patience: Int) -> String? {
        let screen = RolloutScreen(view)
        if isScreen {
            let lines = screen.lines
            // Up to where the last one began, and clear to the end.
            let back = drawn == 0 ? "" : "\u{1B}[\(drawn)A\u{1B}[J"
            drawn = lines.count
            return back + lines.joined(separator: "\n") + "\n"
        }
        still += 1
        guard screen.landmark != landmark || still >= patience else { return nil }
        landmark = screen.landmark
        still = 0
        return (writesJSON ? json.jsonText : screen.line) + "\n"
    }
}
