// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// A rollout's plan as people keep it in a file.
package enum PlanFile {
    /// Reads a plan's file, YAML or JSON (which is YAML as well), without judging the plan.
    ///
    /// - Parameter environment: what `${NAME}` in the file stands for.
    /// - Throws: ``ConfigurationFileError`` with what is wrong, by line; or that the file cannot be read.
    package static func read(_ file: String, environment: [String: String]) throws(ConfigurationFileError) -> JSONValue
    {
        try read(text: try NodeConfiguration.text(of: file), file: file, environment: environment)
    }

    /// Reads a plan's text; `file` names it in errors.
    package static func read(
        text: String,
        file: String,
        environment: [String: String]
    ) throws(ConfigurationFileError) -> JSONValue {
        let problems = ProblemList()
        let root = YAMLTree.read(text, environment: environment, into: problems)
        let value = root.flatMap { ConfigurationField(node: $0, path: "", problems: problems).json() }
        guard let value, !problems.hasErrors else { throw ConfigurationFileError(file: file, problems: problems.all) }
        return value
    }
}
