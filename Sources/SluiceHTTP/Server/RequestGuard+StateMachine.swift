// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceBytes

extension RequestGuard {
    /// Decides, request by request, what of a connection's bytes may reach a server with no such rules of its own.
    ///
    /// Pure: bytes and moments (monotonic nanoseconds) go in, steps come out. Heads pass whole and unchanged once the
    /// ``RequestHeadRules`` has read them, bodies as they come.
    struct StateMachine {
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
        private var inbox: RequestInbox
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

        /// - Parameter stallTime: how long a caller may leave an answer unread.
        init(_ limits: HTTPLimits, stallTime: Duration, openedAt now: UInt64) {
            self.limits = limits
            self.stallTime = stallTime.nanoseconds
            inbox = RequestInbox(limits)
            headBegan = now
        }

        // MARK: bytes

        mutating func take(_ bytes: ByteBuffer, now: UInt64) {
            guard !isOver else { return }
            inbox.put(bytes)
            if inbox.isBodyRead, headBegan == nil { headBegan = now }
        }

        /// The next step; asked until it says to wait.
        mutating func next(now: UInt64) -> Step {
            guard !isOver else { return .wait }
            do throws(HTTPProblem) {
                return inbox.isBodyRead ? try head(now) : try piece(now)
            } catch {
                return refuse(error, now)
            }
        }

        private mutating func head(_ now: UInt64) throws(HTTPProblem) -> Step {
            if inbox.dropBlankLines() {
                // A line too many behind a body is no head that arrives.
                if hasSeenHead, inbox.count == 0 { headBegan = nil }
                return .wait
            }
            guard let head = try inbox.takeHead() else { return .wait }
            hasSeenHead = true
            lingersSince = nil
            bodyBegan = now
            bodyBytes = 0
            headBegan = inbox.isBodyRead && inbox.count > 0 ? now : nil
            mustContinue = head.framing.expectsContinue && inbox.count == 0
            return .forward(head.taken())
        }

        private var mustContinue = false

        private mutating func piece(_ now: UInt64) throws(HTTPProblem) -> Step {
            if mustContinue {
                mustContinue = false
                return .answerContinue
            }
            guard inbox.count > 0 else { return .wait }
            let raw = try inbox.takeRawBody()
            guard raw.readableBytes > 0 else { return .wait }
            bodyBytes &+= UInt64(raw.readableBytes)
            if inbox.isBodyRead {
                lingersSince = nil
                headBegan = inbox.count > 0 ? now : nil
            }
            return .forward(raw)
        }

        private mutating func refuse(_ problem: HTTPProblem, _ now: UInt64) -> Step {
            isOver = true
            inbox.clear()
            lingersSince = now
            return .refuse(problem)
        }

        // MARK: moments

        /// Bytes of an answer go out.
        mutating func answers(now: UInt64) {
            if !inbox.isBodyRead, lingersSince == nil { lingersSince = now }
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
            } else if !inbox.isBodyRead {
                moments.append(limits.dueOfBody(since: bodyBegan, bytes: bodyBytes))
            }
            return moments.min()
        }

        /// What to do now that a moment has passed.
        mutating func look(now: UInt64) -> Late {
            guard let due, due <= now else { return .wait }
            guard !isOver, let headBegan, headBegan.advanced(byNanosecondsOf: limits.headerTime) <= now,
                inbox.count > 0
            else { return .close }
            let problem = HTTPProblem(.requestTimeout, "the request's head took too long to arrive")
            _ = refuse(problem, now)
            return .refuse(problem)
        }
    }
}
