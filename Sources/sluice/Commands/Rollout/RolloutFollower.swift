// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore
import SluiceNode

/// How a rollout ended, as an exit code that CI understands.
enum RolloutEnd: Int32 {
    case completed = 0
    case rolledBack = 1
    case undecided = 2
    /// Nothing is known: the server was not reached, or knows no such rollout.
    case unknown = 3

    init(_ view: RolloutView) {
        switch view.phase {
        case "completed": self = .completed
        case "aborted": self = .rolledBack
        default: self = .undecided
        }
    }

    /// The end of the process that reports it.
    var code: ExitCode { ExitCode(rawValue) }

    /// Ends the process with the code, unless all is well.
    func leave() throws {
        if self != .completed { throw code }
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

    /// Follows to the end, to the deadline, or until enough was seen, and shows it.
    ///
    /// - Returns: what was seen last.
    func watch(until isEnough: (RolloutView) -> Bool = { _ in false }) async throws -> RolloutView {
        var paper = RolloutPaper(isScreen: !terminal.writesJSON && Terminal.isScreen, writesJSON: terminal.writesJSON)
        return try await look { view, json in
            let text = paper.text(for: view, json: json, patience: patience, at: WallClock.now(), size: Terminal.size)
            if let text { Terminal.write(Array(text.utf8)) }
            return isEnough(view)
        }
    }

    /// Looks to the end, to the deadline, or until enough was seen.
    ///
    /// - Returns: what was seen last.
    func look(_ isEnough: (RolloutView, JSONValue) -> Bool) async throws -> RolloutView {
        var failures = 0
        var last: RolloutView?
        while true {
            do throws(CommandFailure) {
                let answer = try await client.call("GET", ["rollouts", id])
                let view = try AdminClient.shape(RolloutView.self, of: answer, from: client.base)
                failures = 0
                last = view
                if isEnough(view, answer) || !view.open { return view }
            } catch {
                failures += 1
                guard error.exit == .unreachable, last != nil, failures <= failuresAllowed else { throw error }
                if failures == 1 { Terminal.error("waiting: \(Terminal.clean(error.body.message))") }
            }
            if let deadline, let last, deadline <= .now { return last }
            try await Task.sleep(for: deadline.map { min(pace, max(.milliseconds(1), $0 - .now)) } ?? pace)
        }
    }

    /// Follows to the end, reports it, and ends the process with its exit code.
    func follow() async throws {
        let view: RolloutView
        do {
            view = try await watch()
        } catch let failure as CommandFailure {
            throw failure.asUnknown
        }
        if !terminal.writesJSON { Terminal.say(RolloutLines.line(view)) }
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

    /// What is to be written now, if anything.
    ///
    /// - Parameter size: of the screen. Lines that are too long are cut, or they could not be written over; so are
    ///   those that have no room.
    mutating func text(
        for view: RolloutView,
        json: JSONValue,
        patience: Int,
        at moment: Timestamp,
        size: (columns: Int, rows: Int)
    ) -> String? {
        let screen = RolloutScreen(view)
        if isScreen {
            let lines = screen.lines.prefix(max(1, size.rows - 1)).map { String($0.prefix(max(1, size.columns - 1))) }
            // Up to where the last one began, and clear to the end.
            let back = drawn == 0 ? "" : "\u{1B}[\(drawn)A\u{1B}[J"
            drawn = lines.count
            return back + lines.joined(separator: "\n") + "\n"
        }
        still += 1
        guard screen.landmark != landmark || still >= patience else { return nil }
        landmark = screen.landmark
        still = 0
        return (writesJSON ? json.jsonText : screen.line(at: moment)) + "\n"
    }
}

extension CommandFailure {
    /// The same, where 1 and 2 say how a rollout ended.
    var asUnknown: CommandFailure {
        var failure = self
        failure.exit = .unreachable
        return failure
    }
}
