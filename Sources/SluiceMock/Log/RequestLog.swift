// SPDX-License-Identifier: Apache-2.0

/// The newest requests served, in memory; older ones fall out.
struct RequestLog {
    private var entries: [LogEntry] = []
    private static let limit = 200_000

    mutating func append(_ entry: LogEntry) {
        entries.append(entry)
        if entries.count > RequestLog.limit { entries.removeFirst(RequestLog.limit / 4) }
    }

    mutating func clear() { entries = [] }

    /// The entries that follow a position in the log, in the order they were written.
    func lines(after sequence: Int) -> String {
        entries.lazy.filter { $0.sequence > sequence }.map { $0.json + "\n" }.joined()
    }

    var all: [LogEntry] { entries }
}
