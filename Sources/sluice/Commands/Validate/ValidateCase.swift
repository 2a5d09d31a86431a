// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import SluiceCore
import SluiceQuality

/// A request that both sides are asked.
struct ValidateCase {
    var id: String
    /// The body of a chat completion, without `model`.
    var body: JSONObject

    /// The shape that the request asks for.
    var schema: JSONSchema? {
        guard let schema = body["response_format"]?.object?["json_schema"]?.object?["schema"],
            let value = (try? ExactDocument(parsing: schema.json))?.value
        else { return nil }
        return try? JSONSchema(value)
    }

    /// Reads a file of prompts: one a line, as text, as JSON with `messages` or `prompt`, or as lines of OpenAI's batches.
    static func read(_ path: String) throws(CommandFailure) -> [ValidateCase] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw .usage("The file '\(path)' cannot be read.", hint: "It holds one prompt a line, as text or as JSON.")
        }
        var cases: [ValidateCase] = []
        for (index, line) in text.split(whereSeparator: \.isNewline).enumerated() {
            guard line.contains(where: { !$0.isWhitespace }) else { continue }
            cases.append(try read(line: String(line), number: index + 1))
        }
        guard !cases.isEmpty else { throw .usage("The file '\(path)' holds no prompt.") }
        return cases
    }

    private static func read(line: String, number: Int) throws(CommandFailure) -> ValidateCase {
        guard line.first == "{" else { return ValidateCase(id: "\(number)", body: asking(line)) }
        guard var object = (try? JSONValue(parsing: line))?.object else {
            throw .usage("Line \(number) begins like JSON and is none.")
        }
        let id = object["custom_id"]?.string ?? object["id"]?.string ?? "\(number)"
        if let inner = object["body"]?.object { object = inner }
        if let prompt = object["prompt"]?.string { object = asking(prompt) }
        guard object["messages"]?.array != nil else {
            throw .usage(
                "Line \(number) has neither `messages` nor `prompt`.",
                hint: #"Such as {"messages": [{"role": "user", "content": "Hello"}]}"#
            )
        }
        for name in ["id", "model", "stream", "stream_options"] { object[name] = nil }
        return ValidateCase(id: id, body: object)
    }

    private static func asking(_ prompt: String) -> JSONObject {
        ["messages": .array([.object(["role": "user", "content": .string(prompt)])])]
    }
}

/// One of the two that are compared: where it is, and by which name it is asked.
struct ValidateSide: Sendable {
    var url: String
    var key: String?
    var model: String

    func body(of request: ValidateCase) -> [UInt8] {
        var body = request.body
        body["model"] = .string(model)
        return JSONValue.object(body).json
    }
}
