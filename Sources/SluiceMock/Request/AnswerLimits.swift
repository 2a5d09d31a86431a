// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// The caller's own limits on an answer.
struct AnswerLimits {
    /// How many answers, 1…128.
    var choices = 1
    /// At most so many tokens each.
    var tokens: Int?
    /// Where the text ends.
    var stop: [String] = []

    init() {}

    init(_ body: JSONObject) throws(MockFailure) {
        if let value = body.present("n") {
            guard let number = value.wholeNumber, (1...128).contains(number) else {
                throw .badRequest("Invalid 'n': expected an integer from 1 to 128.", param: "n", code: "invalid_value")
            }
            choices = number
        }
        for name in ["max_tokens", "max_completion_tokens"] {
            guard let value = body.present(name) else { continue }
            guard let number = value.wholeNumber, number >= 1 else {
                throw .badRequest(
                    "Invalid '\(name)': expected an integer above or equal to 1.",
                    param: name,
                    code: "integer_below_min_value"
                )
            }
            tokens = number
        }
        for (name, range) in [("temperature", 0.0...2.0), ("top_p", 0.0...1.0)] {
            guard let value = body.present(name) else { continue }
            guard let number = value.number else { throw .wrongType(name, expected: "a number") }
            guard range.contains(number) else {
                throw .badRequest(
                    "Invalid '\(name)': expected a value from \(range.lowerBound) to \(range.upperBound).",
                    param: name,
                    code: "decimal_out_of_range"
                )
            }
        }
        switch body.present("stop") {
        case nil: break
        case .string(let text)?: stop = [text]
        case .array(let list)?: stop = list.compactMap(\.string)
        default: throw .wrongType("stop", expected: "a string or an array of strings")
        }
        stop.removeAll(where: \.isEmpty)
    }
}

extension JSONObject {
    func requiredModel() throws(MockFailure) -> String {
        guard let value = present("model") else {
            throw .badRequest("you must provide a model parameter", param: "model")
        }
        guard let model = value.string else { throw .wrongType("model", expected: "a string") }
        return model
    }

    /// Whether the answer is a stream, and whether it ends with a chunk of usage.
    func streaming() throws(MockFailure) -> (isStream: Bool, includesUsage: Bool) {
        var isStream = false
        if let value = present("stream") {
            guard let flag = value.bool else { throw .wrongType("stream", expected: "a boolean") }
            isStream = flag
        }
        guard let options = present("stream_options") else { return (isStream, false) }
        guard isStream else {
            throw .badRequest(
                "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                param: "stream_options"
            )
        }
        guard let object = options.object else { throw .wrongType("stream_options", expected: "an object") }
        return (true, object.present("include_usage")?.bool ?? false)
    }
}
