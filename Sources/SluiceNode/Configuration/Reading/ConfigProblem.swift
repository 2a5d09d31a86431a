// SPDX-License-Identifier: Apache-2.0

/// One thing that is wrong, or doubtful, in a configuration file, and where.
package struct ConfigProblem: Error, Sendable, Equatable {
    package enum Severity: String, Sendable {
        /// The file is refused.
        case error
        /// The file works, but probably not as meant.
        case warning
    }

    package var severity: Severity
    /// From 1; 0 where the problem is the whole file's.
    package var line: Int
    /// From 1; 0 where the problem is the whole line's.
    package var column: Int
    /// Dotted path of the key: `routes.chat.versions[0].weight`; empty at the top.
    package var path: String
    /// What is wrong and how to mend it; never holds a secret.
    package var message: String

    package init(_ severity: Severity, line: Int, column: Int = 0, path: String = "", _ message: String) {
        self.severity = severity
        self.line = line
        self.column = column
        self.path = path
        self.message = message
    }

    /// `sluice.yaml:12:5: error: routes.chat.unit: …`, as compilers write it.
    package func text(file: String) -> String {
        var position = file
        if line > 0 { position += ":\(line)" }
        if line > 0, column > 0 { position += ":\(column)" }
        let subject = path.isEmpty ? "" : "\(path): "
        return "\(position): \(severity.rawValue): \(subject)\(message)"
    }
}

/// A configuration file that is refused whole, with everything that is wrong in it.
package struct ConfigurationFileError: Error, Sendable, CustomStringConvertible {
    package var file: String
    /// Errors and warnings in the order of their lines.
    package var problems: [ConfigProblem]

    package init(file: String, problems: [ConfigProblem]) {
        self.file = file
        self.problems = problems
    }

    package var description: String { problems.map { $0.text(file: file) }.joined(separator: "\n") }
}

/// Gathers problems while a file is read, so that all are reported at once.
final class ProblemList {
    private(set) var all: [ConfigProblem] = []

    func add(_ problem: ConfigProblem) { all.append(problem) }

    var hasErrors: Bool { all.contains { $0.severity == .error } }

    /// In the order of lines; problems of one line keep the order they were found in.
    var sorted: [ConfigProblem] {
        all.enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }.map(\.element)
    }
}
