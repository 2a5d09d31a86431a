// SPDX-License-Identifier: Apache-2.0
import Yams

/// Reads YAML text into a tree with lines and columns, with `${NAME}` substituted.
///
/// Bounded: 1 MiB of text, 64 levels, 100 000 nodes (anchors may be used, and count each time they are).
struct YAMLTree {
    static let maximumBytes = 1 << 20
    static let maximumDepth = 64
    static let maximumNodes = 100_000

    private let environment: [String: String]
    private let files: SecretFiles?
    private let problems: ProblemList
    private var nodes = 0

    /// The root of the document, or `nil` where it could not be read; the reason is in `problems`.
    ///
    /// - Parameter files: `nil` where `${file:PATH}` is not taken.
    static func read(
        _ text: String,
        environment: [String: String],
        files: SecretFiles? = nil,
        into problems: ProblemList
    ) -> ConfigNode? {
        guard text.utf8.count <= maximumBytes else {
            problems.add(ConfigProblem(.error, line: 0, "the file is larger than 1 MiB"))
            return nil
        }
        let root: Yams.Node?
        do {
            root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
        } catch {
            problems.add(problem(from: error, text: text))
            return nil
        }
        guard let root else { return ConfigNode(line: 1, column: 1, content: .map([])) }
        var tree = YAMLTree(environment: environment, files: files, problems: problems)
        let node = tree.convert(root, depth: 0)
        return problems.hasErrors ? nil : node
    }

    private init(environment: [String: String], files: SecretFiles?, problems: ProblemList) {
        self.environment = environment
        self.files = files
        self.problems = problems
    }

    private mutating func convert(_ node: Yams.Node, depth: Int) -> ConfigNode? {
        let line = node.mark?.line ?? 0
        let column = node.mark?.column ?? 0
        nodes += 1
        guard nodes <= YAMLTree.maximumNodes, depth <= YAMLTree.maximumDepth else {
            if nodes == YAMLTree.maximumNodes + 1 || depth == YAMLTree.maximumDepth + 1 {
                let limit = depth > YAMLTree.maximumDepth ? "nested deeper than 64 levels" : "more than 100 000 nodes"
                fail(line, column, limit)
            }
            return nil
        }
        switch node {
        case .scalar(let scalar):
            return self.scalar(scalar, line: line, column: column)
        case .sequence(let sequence):
            let items = sequence.compactMap { convert($0, depth: depth + 1) }
            return ConfigNode(line: line, column: column, content: .list(items))
        case .mapping(let mapping):
            return map(mapping, line: line, column: column, depth: depth)
        case .alias:
            fail(line, column, "an alias that names no anchor before it")
            return nil
        }
    }

    private mutating func map(_ mapping: Yams.Node.Mapping, line: Int, column: Int, depth: Int) -> ConfigNode? {
        var members: [ConfigNode.Member] = []
        for (key, value) in mapping {
            let keyLine = key.mark?.line ?? line
            let keyColumn = key.mark?.column ?? column
            guard case .scalar(let name) = key else {
                fail(keyLine, keyColumn, "a key must be a single value, not a map or a list")
                continue
            }
            guard let value = convert(value, depth: depth + 1) else { continue }
            members.append(ConfigNode.Member(name: name.string, line: keyLine, column: keyColumn, value: value))
        }
        return ConfigNode(line: line, column: column, content: .map(members))
    }

    private func scalar(_ scalar: Yams.Node.Scalar, line: Int, column: Int) -> ConfigNode? {
        let tag = scalar.tag.description
        let style: ConfigNode.Style
        switch tag {
        case "", "tag:yaml.org,2002:str": style = scalar.style == .plain && tag.isEmpty ? .plain : .text
        case "!": style = .text
        default:
            fail(line, column, "the tag \(tag) is not supported; only !!str is")
            return nil
        }
        do throws(Substitution.Fault) {
            let text = try Substitution.apply(to: scalar.string, environment: environment, files: files)
            for warning in files?.takeWarnings() ?? [] {
                problems.add(ConfigProblem(.warning, line: line, column: column, warning))
            }
            return ConfigNode(line: line, column: column, content: .scalar(text, style: style))
        } catch {
            fail(line, column, error.message)
            return nil
        }
    }

    private func fail(_ line: Int, _ column: Int, _ message: String) {
        problems.add(ConfigProblem(.error, line: line, column: column, message))
    }

    private static func problem(from error: any Error, text: String) -> ConfigProblem {
        guard let error = error as? YamlError else {
            return ConfigProblem(.error, line: 0, "the file is not YAML: \(error)")
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let hint = context.map { " (\($0.text) at line \($0.mark.line))" } ?? ""
            return ConfigProblem(.error, line: mark.line, column: mark.column, "not YAML: \(problem)\(hint)")
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            let line = before.utf8.count { $0 == UInt8(ascii: "\n") } + 1
            return ConfigProblem(.error, line: offset == nil ? 0 : line, "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "'\($0)'" }.joined(separator: ", ")
            return ConfigProblem(
                .error,
                line: context.mark.line,
                column: context.mark.column,
                "the same key twice in one map: \(names)"
            )
        default:
            return ConfigProblem(.error, line: 0, "the file is not YAML")
        }
    }
}
