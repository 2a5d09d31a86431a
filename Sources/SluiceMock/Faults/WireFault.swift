// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// One way in which a provider breaks the rules of its socket, of HTTP or of its dialect.
///
/// Unlike ``Fault``, which dresses a good answer, it owns every byte: head, framing, body and the connection's end. Asked
/// for by a model named `fault-` and the text, or by a rule of a ``FaultPlan``.
package struct WireFault: Sendable, Equatable {
    /// As it is written: `cut-120`, `status-503`, `retry-date-5`.
    package let text: String
    let kind: Kind

    enum Kind: Sendable, Equatable {
        /// A good answer.
        case none
        /// The connection ends, or falls silent, at a point of the answer.
        case breakOff(Break, Point)
        /// The head comes this much later.
        case slow(Duration)
        /// Silence of this length in the middle of the body, then the rest.
        case pause(Duration)
        /// One byte of the body at a time, so far apart.
        case dribble(Duration)
        case framing(Framing)
        /// Bytes that are no event in the middle of the body.
        case garbageInside
        /// An error event inside status 200, after so many content events.
        case errorAfter(Int)
        /// Status 200 without a byte of body.
        case empty
        /// The events that open and close a stream, and no content.
        case lifecycle
        /// The answer without the dialect's closing mark, its HTTP framing whole.
        case noEnd
        case noUsage
        case spelling(Spelling)
        case status(Int)
        /// Status 429 with the advice to wait in one of its forms.
        case retry(RetryForm)
        /// The refusal of an account without money.
        case moneyGone
        /// The listening socket is closed; for plans only, a request on an open connection is reset.
        case refuse
        /// New connections wait without being served; for plans only, a request on an open connection hangs.
        case slowAccept
    }

    enum Break: String, Sendable { case cut, reset, hang }

    enum Point: Sendable, Equatable {
        /// Before the first byte of the head.
        case start
        /// In the middle of the head.
        case head
        /// After so many bytes of the body; 0 is just after the head.
        case body(Int)
        /// After half of the body.
        case middle
    }

    enum Framing: String, Sendable, CaseIterable {
        /// Both `content-length` and `transfer-encoding`.
        case both = "both-lengths"
        case twoLengths = "two-lengths"
        /// A length greater than the body, and the connection's end.
        case short = "short"
        /// A length smaller than the body.
        case long = "long"
        case badChunk = "bad-chunk"
        /// No HTTP at all.
        case garbage = "garbage"
        /// A header line of 2 MB.
        case hugeHead = "huge-head"
    }

    enum Spelling: String, Sendable, CaseIterable {
        /// A byte order mark before the first event.
        case mark = "bom"
        /// Lines end with CR alone.
        case cr
        case crlf
        /// Writes of one byte.
        case split
        /// A line of 2 MiB in the middle.
        case longLine = "long-line"
    }

    enum RetryForm: Sendable, Equatable {
        case milliseconds(Int)
        case azure(Int)
        case seconds(Int)
        /// An HTTP date so many seconds ahead.
        case date(Int)
        /// A date an hour ago.
        case past
        /// A thousand million seconds.
        case huge
        /// `x-should-retry: false`.
        case never
    }

    /// A good answer.
    package static let none = WireFault(text: "none", kind: .none)

    private init(text: String, kind: Kind) {
        self.text = text
        self.kind = kind
    }

    /// Reads a fault's text; `nil` where it names none.
    package init?(_ text: String) {
        guard let kind = Kind(text) else { return nil }
        self.init(text: text, kind: kind)
    }

    /// The fault a model's name asks for.
    package init?(model: String) {
        guard model.hasPrefix("fault-") else { return nil }
        self.init(String(model.dropFirst(6)))
    }

    /// Every form, for messages and the manual.
    package static let forms = [
        "none", "cut", "cut-head", "cut-120", "cut-mid", "reset…", "hang…", "slow-2s", "pause-2s", "dribble-5ms",
        "garbage", "garbage-mid", "both-lengths", "two-lengths", "short", "long", "bad-chunk", "huge-head", "error-5",
        "empty", "lifecycle", "no-end", "no-usage", "bom", "cr", "crlf", "split", "long-line", "status-503",
        "retry-ms-1500", "retry-azure-1500", "retry-s-2", "retry-date-5", "retry-past", "retry-huge", "retry-no",
        "money-gone", "refuse", "slow-accept",
    ]

    /// Whether it is the listening socket's fault, and so needs a window of time.
    var isListener: Bool { kind == .refuse || kind == .slowAccept }
}

extension WireFault.Kind {
    fileprivate init?(_ text: String) {
        let words: [String: WireFault.Kind] = [
            "none": .none, "garbage-mid": .garbageInside, "empty": .empty, "lifecycle": .lifecycle, "no-end": .noEnd,
            "no-usage": .noUsage, "retry-past": .retry(.past), "retry-huge": .retry(.huge),
            "retry-no": .retry(.never), "money-gone": .moneyGone, "refuse": .refuse, "slow-accept": .slowAccept,
        ]
        if let kind = words[text] {
            self = kind
        } else if let framing = WireFault.Framing(rawValue: text) {
            self = .framing(framing)
        } else if let spelling = WireFault.Spelling(rawValue: text) {
            self = .spelling(spelling)
        } else {
            guard let kind = WireFault.Kind(numbered: text) else { return nil }
            self = kind
        }
    }

    private init?(numbered text: String) {
        let dash = text.lastIndex(of: "-")
        let word = dash.map { String(text[..<$0]) } ?? text
        let tail = dash.map { String(text[text.index(after: $0)...]) }
        if let breakOff = WireFault.Break(rawValue: word) {
            switch tail {
            case nil: self = .breakOff(breakOff, .start)
            case "head"?: self = .breakOff(breakOff, .head)
            case "mid"?: self = .breakOff(breakOff, .middle)
            case let digits?:
                guard let bytes = WireFault.Kind.count(digits) else { return nil }
                self = .breakOff(breakOff, .body(bytes))
            }
            return
        }
        guard let tail else { return nil }
        switch word {
        case "slow", "pause", "dribble":
            guard case .fixed(let milliseconds)? = Spread(tail, unit: .milliseconds) else { return nil }
            let duration = Duration.microseconds(Int64(Swift.min(milliseconds, 3_600_000) * 1_000))
            self = word == "slow" ? .slow(duration) : word == "pause" ? .pause(duration) : .dribble(duration)
        default:
            guard let number = WireFault.Kind.count(tail) else { return nil }
            switch word {
            case "error": self = .errorAfter(number)
            case "status":
                guard (300...599).contains(number) else { return nil }
                self = .status(number)
            case "retry-ms": self = .retry(.milliseconds(number))
            case "retry-azure": self = .retry(.azure(number))
            case "retry-s": self = .retry(.seconds(number))
            case "retry-date": self = .retry(.date(number))
            default: return nil
            }
        }
    }

    private static func count(_ digits: String) -> Int? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0.isASCIIDigit }), digits.utf8.count <= 9
        else { return nil }
        return Int(digits)
    }
}
