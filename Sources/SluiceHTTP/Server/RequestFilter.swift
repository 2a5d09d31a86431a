// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceBytes

/// Decides, request by request, what of a connection's bytes may reach a server that has no gate of its own.
///
/// Pure: bytes and moments (monotonic nanoseconds) go in, steps come out. Heads pass whole and unchanged once the
/// ``RequestHeadGate`` has read them, bodies as they come.
struct RequestFilter {
    enum Step: Equatable {
        case forward(ByteBuffer)
        /// The caller waits for this before it sends the body.
        case answerContinue
        /// Nothing more is taken from this connection.
        case refuse(HTTPProblem)
        case wait
    }

    /// What happens when the moment of ``due`` has come.
    enum Late: Equatable {
        case refuse(HTTPProblem)
        case close
        case wait
    }

    private let limits: HTTPLimits
    private let stallTime: UInt64
    private var inbox = ByteBuffer()
    private var scan: RequestHeadScan
    private var body = BodyReader.none
    private var blankLines = 0
    private var hasSeenHead = false
    /// When the connection opened, or when the head that is arriving began; `nil` between two requests.
    private var headBegan: UInt64?
    private var bodyBegan: UInt64 = 0
    private var bodyBytes: UInt64 = 0
    /// When the answer began although the body was not whole, or the connection was refused.
    private var lingersSince: UInt64?
    private var isOver = false
    /// Since when the caller takes no bytes.
    private var stalledSince: UInt64?

    private static let mostBlankLines = 4

    /// - Parameter stallTime: how long a caller may leave an answer unread.
    init(_ limits: HTTPLimits, stallTime: Duration, openedAt now: UInt64) {
        self.limits = limits
        self.stallTime = stallTime.nanoseconds
        scan = RequestHeadScan(limits)
        headBegan = now
    }

    // MARK: bytes

    mutating func take(_ bytes: ByteBuffer, now: UInt64) {
        guard !isOver else { return }
        if inbox.readableBytes == 0 { inbox = bytes } else { inbox.writeImmutableBuffer(bytes) }
        if body.isRead, headBegan == nil { headBegan = now }
    }

    /// The next step; asked until it says to wait.
    mutating func next(now: UInt64) -> Step {
        guard !isOver else { return .wait }
        do throws(HTTPProblem) {
            return body.isRead ? try head(now) : try piece(now)
        } catch {
            return refuse(error, now)
        }
    }

    private mutating func head(_ now: UInt64) throws(HTTPProblem) -> Step {
        if dropBlankLines() {
            // A line too many behind a body is no head that arrives.
            if hasSeenHead, inbox.readableBytes == 0 { headBegan = nil }
            return .wait
        }
        guard let end = try scan.end(in: inbox) else { return .wait }
        scan = RequestHeadScan(limits)
        let bytes = inbox.taken(end)
        let head = try RequestHeadGate.read(bytes, limits: limits)
        let framing = head.framing
        body = BodyReader(framing.body)
        hasSeenHead = true
        blankLines = 0
        lingersSince = nil
        bodyBegan = now
        bodyBytes = 0
        headBegan = body.isRead && inbox.readableBytes > 0 ? now : nil
        mustContinue = framing.expectsContinue && inbox.readableBytes == 0
        return .forward(bytes)
    }

    private var mustContinue = false

    private mutating func piece(_ now: UInt64) throws(HTTPProblem) -> Step {
        if mustContinue {
            mustContinue = false
            return .answerContinue
        }
        guard inbox.readableBytes > 0 else { return .wait }
        var raw = inbox
        _ = try body.take(&inbox)
        let count = raw.readableBytes - inbox.readableBytes
        guard count > 0 else { return .wait }
        bodyBytes &+= UInt64(count)
        if body.isRead {
            lingersSince = nil
            headBegan = inbox.readableBytes > 0 ? now : nil
        }
        return .forward(raw.taken(count))
    }

    private mutating func dropBlankLines() -> Bool {
        while blankLines < RequestFilter.mostBlankLines {
            guard let first = inbox.getInteger(at: inbox.readerIndex, as: UInt8.self) else { return true }
            guard first == .carriageReturn else { return false }
            guard let second = inbox.getInteger(at: inbox.readerIndex + 1, as: UInt8.self) else { return true }
            guard second == .lineFeed else { return false }
            inbox.moveReaderIndex(forwardBy: 2)
            blankLines += 1
        }
        return inbox.readableBytes == 0
    }

    private mutating func refuse(_ problem: HTTPProblem, _ now: UInt64) -> Step {
        isOver = true
        inbox = ByteBuffer()
        lingersSince = now
        return .refuse(problem)
    }

    // MARK: moments

    /// Bytes of an answer go out.
    mutating func answers(now: UInt64) {
        if !body.isRead, lingersSince == nil { lingersSince = now }
    }

    /// Whether the caller takes bytes.
    mutating func isWritable(_ isWritable: Bool, now: UInt64) {
        stalledSince = isWritable ? nil : stalledSince ?? now
    }

    /// When to look again, if nothing happens before; `nil` while nothing is overdue.
    var due: UInt64? {
        var moments: [UInt64] = []
        if let lingersSince { moments.append(lingersSince.advanced(byNanosecondsOf: limits.lingerTime)) }
        if let stalledSince { moments.append(stalledSince.advanced(by: stallTime)) }
        if isOver { return moments.min() }
        if let headBegan {
            moments.append(headBegan.advanced(byNanosecondsOf: limits.headerTime))
        } else if !body.isRead {
            let (paced, isPast) = bodyBytes.multipliedReportingOverflow(by: 1_000_000_000)
            let pace = isPast ? .max : paced / max(limits.bodyBytesPerSecond, 1)
            moments.append(bodyBegan.advanced(byNanosecondsOf: limits.bodyGrace).advanced(by: pace))
        }
        return moments.min()
    }

    /// What to do now that a moment has passed.
    mutating func look(now: UInt64) -> Late {
        guard let due, due <= now else { return .wait }
        guard !isOver, let headBegan, headBegan.advanced(byNanosecondsOf: limits.headerTime) <= now,
            inbox.readableBytes > 0
        else { return .close }
        let problem = HTTPProblem(.requestTimeout, "the request's head took too long to arrive")
        _ = refuse(problem, now)
        return .refuse(problem)
    }
}
