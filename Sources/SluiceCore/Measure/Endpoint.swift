// SPDX-License-Identifier: Apache-2.0

extension Outcome {
    /// What a request asked for, and in which dialect.
    package struct Endpoint: Sendable, Hashable {
        package var dialect: Dialect
        package var operation: Operation

        package init(_ dialect: Dialect, _ operation: Operation) {
            self.dialect = dialect
            self.operation = operation
        }

        package static var chatCompletions: Endpoint { Endpoint(.openai, .chat) }
        package static var completions: Endpoint { Endpoint(.openai, .completions) }
        package static var embeddings: Endpoint { Endpoint(.openai, .embeddings) }
        package static var responses: Endpoint { Endpoint(.openai, .responses) }
        package static var models: Endpoint { Endpoint(.openai, .models) }
        package static var other: Endpoint { Endpoint(.openai, .other) }
    }
}

extension Outcome.Endpoint: CaseIterable {
    package static var allCases: [Outcome.Endpoint] {
        Dialect.allCases.flatMap { dialect in Operation.allCases.map { Outcome.Endpoint(dialect, $0) } }
    }

    /// As it stands in the ledger, in reports and in the API: `chat_completions`; with its dialect, `anthropic/chat`, where
    /// that is not OpenAI's.
    package var text: String {
        guard dialect == .openai else { return "\(dialect.rawValue)/\(operation.word)" }
        return operation == .chat ? "chat_completions" : operation.word
    }

    package init?(text: String) {
        guard let known = Outcome.Endpoint.byText[text] else { return nil }
        self = known
    }

    private static let byText = Dictionary(uniqueKeysWithValues: allCases.map { ($0.text, $0) })
}
