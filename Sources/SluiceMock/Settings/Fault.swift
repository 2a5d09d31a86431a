// SPDX-License-Identifier: Apache-2.0

/// One way in which an answer can go wrong, or be unusual.
///
/// Asked for by a model named `mock-` and the fault's text, or drawn at random by `error_rate` from `errors`.
package enum Fault: Sendable, Equatable {
    /// An error of this status, in the dialect's shape.
    case status(Int)
    /// The connection is reset once the request was read.
    case reset
    /// The connection is closed without an answer.
    case close
    /// No answer ever comes.
    case hang
    /// The whole answer, or the first token, comes this much later.
    case slow(Duration)
    /// The answer breaks off after this many pieces: a stream ends without its end, a whole body is short.
    case cut(Int)
    /// The answer falls silent after this many pieces.
    case stall(Int)
    /// An error event inside a stream of status 200, after this many pieces.
    case errorInStream(Int)
    /// Status 200 with a body that is no JSON.
    case malformed
    /// Status 200 with nothing in it.
    case empty
    /// A stream without `[DONE]`.
    case noDone
    /// An answer without usage.
    case noUsage
    /// The body leaves in writes of this many bytes, cutting characters and lines anywhere.
    case split(Int)
    /// The first so many requests for this model get 503, later ones are served.
    case flaky(Int)
    /// A valid answer in an odd spelling: unknown members, big numbers, spaces, repeated names.
    case odd
    /// A whole answer that is worth less: no error, and not what was asked for.
    case worse(Flaw)

    /// What is wrong with an answer that is in order otherwise.
    package enum Flaw: String, Sendable, Equatable, CaseIterable {
        /// Tools are called with arguments that are no JSON.
        case badArguments = "bad-arguments"
        /// JSON that was asked for breaks off.
        case badJSON = "bad-json"
        /// The model refuses.
        case refuse
        /// The answer is cut at its length.
        case short
        /// Nothing is said.
        case silent
        /// The same words over and over, five times as many.
        case loop
    }

    /// Reads `error-500`, `reset`, `slow-250ms`, `cut-5` and so on; a missing number is 3, a missing delay 2 s.
    package init?(_ text: String) {
        if let flaw = Flaw(rawValue: text) {
            self = .worse(flaw)
            return
        }
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let word = parts.first else { return nil }
        let tail = parts.count == 2 ? parts[1] : nil
        let count = tail.map { Int($0) } ?? 3
        switch (String(word), tail) {
        case ("error", let tail?):
            if tail == "in" || tail.hasPrefix("in-stream") {
                let rest = tail.dropFirst(9)
                guard let pieces = rest.isEmpty ? 3 : Int(rest.dropFirst()), pieces >= 0 else { return nil }
                self = .errorInStream(pieces)
            } else {
                guard let status = Int(tail), (400...599).contains(status) else { return nil }
                self = .status(status)
            }
        case ("reset", nil): self = .reset
        case ("close", nil): self = .close
        case ("hang", nil): self = .hang
        case ("slow", nil): self = .slow(.seconds(2))
        case ("slow", let tail?):
            guard case .fixed(let milliseconds)? = Spread(String(tail), unit: .milliseconds) else { return nil }
            self = .slow(.milliseconds(Int64(Swift.min(milliseconds, 3_600_000))))
        case ("cut", _):
            guard let count, count >= 0 else { return nil }
            self = .cut(count)
        case ("stall", _):
            guard let count, count >= 0 else { return nil }
            self = .stall(count)
        case ("split", _):
            guard let count = tail == nil ? 1 : count, count > 0 else { return nil }
            self = .split(count)
        case ("flaky", _):
            guard let count = tail == nil ? 1 : count, count > 0 else { return nil }
            self = .flaky(count)
        case ("malformed", nil): self = .malformed
        case ("empty", nil): self = .empty
        case ("odd", nil): self = .odd
        case ("no", "done"?): self = .noDone
        case ("no", "usage"?): self = .noUsage
        default: return nil
        }
    }

    /// The fault a model's name asks for.
    init?(model: String) {
        guard model.hasPrefix("mock-") else { return nil }
        self.init(String(model.dropFirst(5)))
    }

    /// The text `init` reads.
    package var text: String {
        switch self {
        case .status(let status): "error-\(status)"
        case .reset: "reset"
        case .close: "close"
        case .hang: "hang"
        case .slow(let duration): "slow-\(duration.wholeMilliseconds)ms"
        case .cut(let pieces): "cut-\(pieces)"
        case .stall(let pieces): "stall-\(pieces)"
        case .errorInStream(let pieces): "error-in-stream-\(pieces)"
        case .malformed: "malformed"
        case .empty: "empty"
        case .noDone: "no-done"
        case .noUsage: "no-usage"
        case .split(let bytes): "split-\(bytes)"
        case .flaky(let requests): "flaky-\(requests)"
        case .odd: "odd"
        case .worse(let flaw): flaw.rawValue
        }
    }
}

extension Duration {
    /// Milliseconds, rounded down.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        return overflow ? .max : whole + attoseconds / 1_000_000_000_000_000
    }
}
