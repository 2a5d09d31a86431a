// SPDX-License-Identifier: Apache-2.0

/// An answer as a plan: what is written, when, and how it ends.
///
/// Made by pure code, played by the server.
struct Reply {
    var status: Int
    var headers: [(name: String, value: String)]
    /// Whether the head names the body's length; else the body is chunked.
    var length: Int?
    var steps: [Step]
    /// Whether the writes hold head and framing too, and go to the socket as they are.
    var isRaw = false
    /// Written to the log by the `.record` step; a caller who leaves before is recorded with what was sent.
    var entry: LogEntry
    /// What it does to what the provider keeps.
    var changes: [KeptChange] = []

    enum Step {
        case pause(Duration)
        /// Bytes of the body (the head leaves with the first), and how many tokens they hold.
        case write([UInt8], tokens: Int = 0)
        case record
        /// The body's regular end.
        case end
        /// The connection closes, whatever was announced.
        case close
        case reset
        /// Nothing more happens; the caller must give up.
        case hang
    }

    init(status: Int, headers: [(name: String, value: String)], entry: LogEntry) {
        self.status = status
        self.headers = headers
        self.entry = entry
        self.entry.status = status
        steps = []
    }

    /// A whole body that leaves after a pause.
    init(status: Int, type: String, body: String, after pause: Duration = .zero, entry: LogEntry) {
        self.init(status: status, headers: [("content-type", type)], entry: entry)
        let bytes = Array(body.utf8)
        length = bytes.count
        if pause > .zero { steps.append(.pause(pause)) }
        steps += [.record, .write(bytes, tokens: entry.usage?.completion ?? 0), .end]
    }

    /// An error in the shape of the path's dialect.
    init(_ failure: MockFailure, after pause: Duration = .zero, entry: LogEntry) {
        var entry = entry
        entry.usage = nil
        entry.ending = .error
        let body =
            switch WireDialect(path: entry.path) {
            case .gemini: GeminiForm.failure(failure)
            default: entry.path.hasPrefix("/v1/messages") ? failure.messagesJSON : failure.json
            }
        self.init(status: failure.status, type: "application/json", body: body, after: pause, entry: entry)
        headers += failure.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
