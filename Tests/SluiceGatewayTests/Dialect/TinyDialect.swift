// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceWire

/// A dialect that no room knows: callers `POST /say {"speaker":…,"flow":…}`, providers answer `{"said":[…]}` or words.
enum TinyDialect {
    static let value = CustomDialect(
        requests: .init(
            paths: [("/say", .chat), ("/speakers", .models)],
            facts: facts,
            rewritten: { body, facts, model in
                let text = bytes(of: body)
                let name = Array("\"\(model)\"".utf8)
                return text[..<facts.model.range.lowerBound] + name + text[facts.model.range.upperBound...]
            }
        ),
        answers: .init(
            reading: reading,
            isTerminal: { String(decoding: bytes(of: $0), as: UTF8.self) == "bye" },
            member: { name in
                switch String(decoding: bytes(of: name), as: UTF8.self) {
                case "said": .answers
                case "spent": .usage
                case "trouble": .error
                default: .other
                }
            }
        ),
        voice: .init(
            errorBody: { refusal, id in
                Array(#"{"trouble":"\#(refusal.kind.row.code)","of":"\#(id ?? "")"}"#.utf8)
            },
            isErrorBody: { String(decoding: bytes(of: $0), as: UTF8.self).hasPrefix(#"{"trouble""#) },
            errorEvent: { Array("data: ".utf8) + bytes(of: $0) + Array("\n\n".utf8) },
            keepAlive: ": still here\n\n",
            modelList: { Array(#"{"speakers":["\#($0.map(\.id).joined(separator: "\",\""))"]}"#.utf8) }
        ),
        speech: .init(
            path: { operation, model, isStream in
                operation == .chat ? "/tell/\(model)\(isStream ? "/flow" : "")" : nil
            },
            credentialLine: { "x-tiny-key: \($0)\r\n" },
            requiredLines: "x-tiny-version: 1\r\n"
        )
    )

    static func bytes(of span: RawSpan) -> [UInt8] { span.withUnsafeBytes { Array($0) } }

    private static let facts: CustomDialect.Requests.Facts = { body, operation throws(Refusal) in
        let text = bytes(of: body)
        guard let object = (try? JSONValue(parsing: text))?.object else {
            throw Refusal(.invalidJSON, "no object")
        }
        guard object["speaker"]?.string != nil, let start = place(of: #""speaker":""#, in: text),
            let end = text[(start + 1)...].firstIndex(of: UInt8(ascii: "\""))
        else { throw Refusal(.missingModel, "nobody is to speak") }
        let endpoint = Outcome.Endpoint(.custom, operation)
        return CallFacts(of: endpoint, model: start..<end + 1, isStream: object["flow"] == .bool(true))
    }

    /// An event (`{"word":…}`, `{"spent":…,"over":true}`, `{"trouble":…}`) or a whole answer.
    @Sendable
    private static func reading(_ data: RawSpan) -> EventReading? {
        let text = bytes(of: data)
        guard let object = (try? JSONValue(parsing: text))?.object else { return nil }
        var reading = EventReading()
        if let word = object["word"]?.string, let start = place(of: #""word":""#, in: text) {
            reading.named = 1
            reading.text = start + 1..<start + 1 + word.utf8.count
            reading.contentBytes = word.utf8.count
            reading.generatedBytes = word.utf8.count
        }
        if let said = object["said"]?.array { reading.contentBytes = said.count }
        if object["over"] == .bool(true) {
            reading.named = 1
            reading.finished = 1
        }
        if let spent = object["spent"]?.object {
            reading.usage = UsageReading(input: spent["input_tokens"]?.int, output: spent["output_tokens"]?.int)
        }
        reading.hasError = object["trouble"] != nil
        return reading
    }

    /// Where the value begins behind a member's name, at its quote.
    private static func place(of name: String, in text: [UInt8]) -> Int? {
        let name = Array(name.utf8)
        return text.indices.first { text[$0...].starts(with: name) }.map { $0 + name.count - 1 }
    }
}
