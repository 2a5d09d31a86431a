// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import SluiceWire
import Testing

/// What goes in and what comes out, side by side in `Golden/<caller>To<provider>/`.
///
/// Requests are in the caller's dialect, answers, streams and errors in the provider's: pairs with the same caller, or the
/// same provider, share what goes in. `SLUICE_WRITE_GOLDEN=1` writes the outcomes anew.
@Suite("Golden translations")
struct GoldenTests {
    @Test("every request, answer, stream and error comes out as written", arguments: Pair.all)
    func golden(_ pair: Pair) throws {
        let inputs = try pair.inputs()
        #expect(inputs.count > 10)
        for name in inputs {
            let out = pair.translated(name, try pair.read(name))
            try pair.compare(out, name)
        }
    }

    @Test("a stream cut at any byte comes out the same", arguments: Pair.all)
    func cut(_ pair: Pair) throws {
        for name in try pair.inputs() where name.hasSuffix(".sse") {
            let stream = try pair.read(name)
            #expect(pair.stream(stream.map { [$0] }) == pair.stream([stream]), "\(name) byte by byte")
            var tap = Tap(pair.translation, pair.context)
            var rest = stream[...]
            // Each event is cut at each of its bytes, with the next one behind it.
            while !rest.isEmpty {
                let (event, next) = (Tap.event(of: rest), Tap.event(of: rest.dropFirst(Tap.event(of: rest).count)))
                var whole = tap
                whole.feed(event)
                whole.feed(next)
                for cut in event.indices.dropFirst() {
                    var other = tap
                    other.feed(event[..<cut])
                    other.feed(event[cut...] + next)
                    #expect(other.out == whole.out, "\(name) cut at \(cut)")
                }
                tap.feed(event)
                rest = rest.dropFirst(event.count)
            }
        }
    }

    @Test("a stream that is cut never says that it ended", arguments: Pair.all)
    func broken(_ pair: Pair) throws {
        for name in try pair.inputs() where name.hasSuffix(".sse") {
            var tap = Tap(pair.translation, pair.context)
            for byte in try pair.read(name) { tap.feed([byte]) }
            let out = tap.out.text
            #expect(!out.contains("message_stop") && !out.contains("[DONE]"), "\(name)")
            #expect(!out.contains(#""finish_reason":""#) && !out.contains("message_delta"), "\(name)")
            #expect(!out.contains("response.completed") && !out.contains("response.incomplete"), "\(name)")
            #expect(!out.contains(#""finishReason":"#), "\(name)")
        }
    }

    /// A translated stream with everything that it handed out.
    struct Tap {
        var stream: StreamTranslation
        private(set) var out: [UInt8] = []

        init(_ translation: Translation, _ context: Translation.Context = Pair.context) {
            stream = StreamTranslation(translation, context)
        }

        mutating func feed(_ bytes: some Collection<UInt8>) {
            let piece = Array(bytes)
            stream.feed(piece.span.bytes) { span in span.withUnsafeBytes { out.append(contentsOf: $0) } }
        }

        mutating func end() {
            stream.end { span in span.withUnsafeBytes { out.append(contentsOf: $0) } }
        }

        /// The first event, blank line included.
        static func event(of bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
            for index in bytes.indices.dropFirst() where bytes[index] == 0x0A && bytes[index - 1] == 0x0A {
                return bytes[...index]
            }
            return bytes
        }
    }

    /// A caller's dialect and a provider's.
    struct Pair: Sendable, CustomTestStringConvertible {
        let folder: String
        let caller: Dialect
        var operation = Operation.chat
        let provider: Dialect
        var asked = Operation.chat

        static let all = [
            Pair(folder: "OpenAIToAnthropic", caller: .openai, provider: .anthropic),
            Pair(folder: "AnthropicToOpenAI", caller: .anthropic, provider: .openai),
            Pair(folder: "OpenAIToGemini", caller: .openai, provider: .gemini),
            Pair(folder: "AnthropicToGemini", caller: .anthropic, provider: .gemini),
            Pair(folder: "GeminiToOpenAI", caller: .gemini, provider: .openai),
            Pair(folder: "GeminiToAnthropic", caller: .gemini, provider: .anthropic),
            Pair(folder: "OpenAIToResponses", caller: .openai, provider: .openai, asked: .responses),
            Pair(folder: "AnthropicToResponses", caller: .anthropic, provider: .openai, asked: .responses),
            Pair(folder: "GeminiToResponses", caller: .gemini, provider: .openai, asked: .responses),
            Pair(folder: "OpenAIToConverse", caller: .openai, provider: .converse),
            Pair(folder: "AnthropicToConverse", caller: .anthropic, provider: .converse),
            Pair(folder: "GeminiToConverse", caller: .gemini, provider: .converse),
            Pair(folder: "ResponsesToConverse", caller: .openai, operation: .responses, provider: .converse),
            Pair(folder: "ResponsesToOpenAI", caller: .openai, operation: .responses, provider: .openai),
            Pair(folder: "ResponsesToAnthropic", caller: .openai, operation: .responses, provider: .anthropic),
            Pair(folder: "ResponsesToGemini", caller: .openai, operation: .responses, provider: .gemini),
        ]

        /// The pair of a folder.
        static func named(_ folder: String) -> Pair {
            guard let pair = all.first(where: { $0.folder == folder }) else { preconditionFailure("no \(folder)") }
            return pair
        }

        /// Where its requests stand, and where its answers, streams and errors.
        private var sources: (requests: String, answers: String) {
            let requests =
                operation == .responses
                ? "ResponsesToOpenAI"
                : caller == .openai
                    ? "OpenAIToAnthropic" : caller == .anthropic ? "AnthropicToOpenAI" : "GeminiToOpenAI"
            let answers =
                switch provider {
                case .openai, .custom: asked == .responses ? "OpenAIToResponses" : "AnthropicToOpenAI"
                case .anthropic: "OpenAIToAnthropic"
                case .gemini: "OpenAIToGemini"
                case .converse: "OpenAIToConverse"
                }
            return (requests, answers)
        }

        var testDescription: String { folder }
        /// By what name rows of tables know the provider.
        var asks: String { asked == .responses ? "responses" : "\(provider)" }
        var translation: Translation {
            guard let translation = Translation(from: caller, to: provider, for: operation, asking: asked) else {
                preconditionFailure("\(folder) is not translated")
            }
            return translation
        }
        /// What the relay knows beside; answers of the Responses API say again what the request said.
        var context: Translation.Context {
            var context = Pair.context
            let body = Array(#"{"model":"m","input":"","temperature":0.5}"#.utf8)
            if operation == .responses { context.echo = (try? translation.request(body.span.bytes).echo) ?? [] }
            return context
        }
        static let context = Translation.Context(
            created: 1_700_000_000,
            id: "msg_relay",
            model: "amazon.nova-pro-v1:0",
            asksForUsage: true
        )

        private static func path(_ folder: String) -> URL {
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/\(folder)")
        }

        func inputs() throws -> [String] {
            let all = FileManager.default
            let requests = try all.contentsOfDirectory(atPath: Pair.path(sources.requests).path)
            let answers = try all.contentsOfDirectory(atPath: Pair.path(sources.answers).path)
            return (requests.filter { $0.contains(".request.") } + answers.filter { !$0.contains(".request.") })
                .filter { !$0.contains(".out.") }.sorted()
        }

        func read(_ name: String) throws -> [UInt8] {
            let source = name.contains(".request.") ? sources.requests : sources.answers
            return Array(try Data(contentsOf: Pair.path(source).appendingPathComponent(name)))
        }

        func translated(_ name: String, _ input: [UInt8]) -> [UInt8] {
            let parts = name.split(separator: ".")
            switch parts[1] {
            case "request":
                do throws(Refusal) {
                    let path = Translation.Path(model: "support", isStream: false)
                    let request = try translation.request(input.span.bytes, at: path)
                    return request.body + Array("\n\(request.dropped.joined(separator: ", "))\n".utf8)
                } catch {
                    return Array("refused: \(error.message)\n".utf8)
                }
            case "answer": return (translation.answer(input.span.bytes, context) ?? []) + [0x0A]
            case "stream": return stream([input])
            default:
                return translation.error(input.span.bytes, status: Int(parts[1]) ?? 0, requestID: "req") + [0x0A]
            }
        }

        func stream(_ pieces: [[UInt8]]) -> [UInt8] { Pair.stream(pieces, by: translation, context) }

        static func stream(
            _ pieces: [[UInt8]],
            by translation: Translation,
            _ context: Translation.Context = Pair.context
        ) -> [UInt8] {
            var tap = Tap(translation, context)
            for piece in pieces { tap.feed(piece) }
            tap.end()
            return tap.out
        }

        func compare(_ out: [UInt8], _ name: String) throws {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            let file = Pair.path(folder).appendingPathComponent("\(parts[0]).\(parts[1]).out.\(parts[2])")
            if ProcessInfo.processInfo.environment["SLUICE_WRITE_GOLDEN"] != nil {
                try Data(out).write(to: file)
                return
            }
            #expect(out.text == (try String(contentsOf: file, encoding: .utf8)), "\(folder)/\(name)")
        }
    }
}
