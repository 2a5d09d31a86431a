// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import SluiceAdminModel
import SluiceCore

/// `sluice route try`: what a route would choose now.
struct RouteTry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try",
        abstract: "Tell which version a route that chooses would take for a request now, and what rules out the others."
    )

    @Argument(help: "The route, by its name or an alias.")
    var route: String

    @Option(help: "premium, balanced or economy; default: the route's.")
    var tier: String?

    @Option(
        name: .customLong("latency-budget-ms"),
        help: "For the mean of a candidate's answers; default: the route's."
    )
    var latencyBudget: Int?

    @Option(
        name: .customLong("max-cost-per-1k"),
        help: "US dollars for a thousand output tokens; default: the route's."
    )
    var maxCost: String?

    @Option(help: "A file with the request's body: what it needs (tools, images, a form, room) is read from it.")
    var body: String?

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        var query: [(String, String?)] = []
        if let tier { query.append(("tier", tier)) }
        if let latencyBudget { query.append(("latency_budget_ms", "\(latencyBudget)")) }
        if let maxCost { query.append(("max_cost_per_1k", maxCost)) }
        if let body { query += try RouteTry.needs(of: body) }
        let route = route
        try await connection.run { [query] client, terminal in
            let answer = try await client.call("GET", ["routes", route, "choice"], query: query)
            let choice = try AdminClient.shape(ChoiceView.self, of: answer, from: client.base)
            try terminal.show(answer) { choice.text }
        }
    }

    /// What a request needs of a model, as the relay reads it.
    private static func needs(of path: String) throws -> [(String, String?)] {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ValidationError("\(path) cannot be read.")
        }
        guard case .object(let request)? = try? JSONValue(parsing: Array(bytes)) else {
            throw ValidationError("\(path) holds no JSON object.")
        }
        var needs: [ModelCapability] = []
        if case .array(let tools)? = request["tools"] ?? request["functions"], !tools.isEmpty { needs.append(.tools) }
        let text = String(decoding: bytes, as: UTF8.self)
        let images = [
            "\"image_url\"", "\"input_image\"", "\"inlineData\"", "\"inline_data\"", "\"fileData\"", "\"image\"",
        ]
        if images.contains(where: text.contains) { needs.append(.images) }
        let forms = ["\"json_object\"", "\"json_schema\"", "\"application/json\""]
        if forms.contains(where: text.contains) { needs.append(.structuredOutput) }
        let caps = ["max_tokens", "max_completion_tokens", "max_output_tokens"].compactMap { name -> Int? in
            guard case .integer(let digits)? = request[name] else { return nil }
            return Int(digits)
        }
        let tokens = bytes.count / 4 + min(caps.max() ?? 0, 1_000_000)
        return [("needs", needs.map(\.rawValue).joined(separator: ",")), ("tokens", "\(tokens)")]
    }
}

/// `sluice route explain`: why a request went where it did.
struct RouteExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell why a request of a route that chooses went to its version."
    )

    @Argument(help: "The request's id, as its answer's x-request-id says it.")
    var request: String

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let request = request
        try await connection.run { client, terminal in
            let answer = try await client.call("GET", ["requests", request, "choice"])
            let choice = try AdminClient.shape(ChoiceView.self, of: answer, from: client.base)
            try terminal.show(answer) { choice.text }
        }
    }
}

extension ChoiceView {
    fileprivate var text: String {
        var asked = ["tier \(tier)"]
        if let budget = latencyBudgetMilliseconds { asked.append("mean answers within \(Int64(budget)) ms") }
        if let cap = maxCostPer1k { asked.append("at most \(cap) USD for a thousand output tokens") }
        let why =
            switch choice {
            case "score": "the best score of those that pass"
            case "cheapest": "none passes: the cheapest that can answer"
            case "pinned": "its conversation began there, or the request names what is kept there"
            case "rollout": "a rollout or a canary has the route: the split decides"
            default: "nothing can be chosen"
            }
        var lines = ["\(route), \(asked.joined(separator: ", ")): \(version ?? "-") (\(why))"]
        if reproduced == false { lines.append("By today's scores and that day's prices another would be chosen.") }
        return lines.joined(separator: "\n") + "\n\n" + Table(of: candidates).text(nothing: "It has no candidates.")
    }
}
