// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

/// Why a command failed; becomes text on standard error and an exit code.
struct CommandFailure: Error {
    /// The exit codes of the operator verbs.
    enum Exit: Int32 {
        /// The server refused, or there is no such thing.
        case refused = 1
        /// The command line is wrong.
        case usage = 2
        /// No answer came.
        case unreachable = 3
    }

    var exit: Exit
    var body: AdminErrorBody

    init(_ exit: Exit, _ code: String, _ message: String, hint: String? = nil) {
        self.init(exit, AdminErrorBody(error: code, message: message, hint: hint))
    }

    private init(_ exit: Exit, _ body: AdminErrorBody) {
        self.exit = exit
        self.body = body
    }

    /// The failure that a server's error answer describes.
    init(status: Int, answer: JSONValue?, base: String) {
        if let answer, let body = try? AdminJSON.decode(AdminErrorBody.self, from: answer) {
            self.init(.refused, body)
        } else if case .object(let object)? = answer, case .object? = object["error"] {
            self.init(
                .refused,
                "not_the_admin_api",
                "\(base) answers like the data plane (status \(status)).",
                hint: "The admin API has a port of its own, 4001 unless configured: --admin-url http://127.0.0.1:4001"
            )
        } else {
            self.init(.refused, "strange_answer", "\(base) answered with status \(status) and no explanation.")
        }
    }

    static func unreachable(_ message: String, hint: String?) -> CommandFailure {
        CommandFailure(.unreachable, "unreachable", message, hint: hint)
    }

    static func unwritable(_ code: Int32) -> CommandFailure {
        CommandFailure(.unreachable, "unwritable", "The output cannot be written (system error \(code)).", hint: nil)
    }

    static func usage(_ message: String, hint: String? = nil) -> CommandFailure {
        CommandFailure(.usage, "usage", message, hint: hint)
    }

    static func strangeAnswer(_ base: String) -> CommandFailure {
        CommandFailure(
            .refused,
            "strange_answer",
            "\(base) answered something this program does not understand.",
            hint: "Is it a Sluice admin API, and of the same version?"
        )
    }
}
