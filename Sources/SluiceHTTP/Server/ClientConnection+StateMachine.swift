// SPDX-License-Identifier: Apache-2.0

extension ClientConnection {
    /// Where a caller's connection stands, and what is to be done when something happens to it; pure.
    struct StateMachine: Sendable, Equatable {
        /// What of a request is under way.
        enum Exchange: Sendable, Equatable {
            case none
            /// A head arrives, since this moment.
            case head(UInt64)
            /// A request is answered whose first bytes came at this moment.
            case serving(UInt64)
            /// Bytes pass both ways, in a protocol of their own.
            case upgraded(OpenDirections)
        }

        /// What becomes of the connection.
        enum Course: Sendable, Equatable {
            case open
            /// No further request is taken.
            case closing
            /// Our side is ended; what the caller still sends is read away.
            case lingering
            /// The caller has left, or the connection was cut.
            case gone
        }

        enum Event: Sendable, Equatable {
            // from the channel
            case received(UInt64)
            /// No more is to be had for now; bytes that wait to be taken.
            case readComplete(waiting: Int)
            case writable(Bool)
            /// The caller has ended its side.
            case inputEnded
            case inactive
            // from the task that serves
            /// It looks for a head in bytes that are there.
            case looked(UInt64)
            /// Only blank lines were there.
            case blank
            case headRead
            case took(waiting: Int)
            /// The request cannot be read.
            case failed(UInt64)
            case finished(keepsAlive: Bool, isBodyRead: Bool)
            /// It answered 101.
            case upgraded(isBodyRead: Bool)
            case outputEnded
            case brokenOff
            case closed
            /// The task ends.
            case left
            // from the server
            /// Go when idle; bytes that wait to be taken.
            case drain(waiting: Int)
            /// End what is under way.
            case hurry
        }

        enum Action: Sendable, Equatable {
            case none
            /// Keeps the bytes that came.
            case keep
            /// Asks the channel for more.
            case read
            /// The reading task has something to look at, or the writing one.
            case wakeReader, wakeWriter
            /// Lets the caller end its side while ours goes on.
            case switchProtocols
            /// Ends our side.
            case endOutput
            case closeNow, closeAfterWrites
            /// Ends our side, reads away for a while, then closes; asks for more bytes first where reading was held.
            case linger(reads: Bool)
            /// Tells whoever serves that the caller is gone, or that the answer must be over.
            case tellGone, tellStop
        }

        private(set) var exchange = Exchange.none
        private(set) var course = Course.open
        private(set) var isWritable = true
        /// The task has too much yet to take: nothing is asked for.
        private(set) var isReadHeld = false
        /// Bytes that may wait to be taken.
        private let most: Int

        init(holding most: Int) { self.most = most }

        var isGone: Bool { course == .gone }
        /// A further request may be taken.
        var takesRequests: Bool { course == .open }
        var isServing: Bool {
            switch exchange {
            case .none, .head: false
            case .serving, .upgraded: true
            }
        }
        /// Nothing more will come, behind the bytes that wait.
        var isInputOver: Bool {
            if case .upgraded(let directions) = exchange, !directions.hasInput { return true }
            return isGone
        }
        /// When the head that is still arriving began.
        var headBegan: UInt64? { if case .head(let moment) = exchange { moment } else { nil } }

        mutating func event(_ event: Event) -> Action {
            switch event {
            case .received(let now): received(now)
            case .readComplete(let waiting): readComplete(waiting)
            case .writable(let isWritable): writable(isWritable)
            case .inputEnded, .outputEnded: endDirection(event)
            case .inactive: inactive()
            case .looked(let now): looked(now)
            case .blank: blank()
            case .headRead: headRead()
            case .took(let waiting): took(waiting)
            case .failed(let now): failed(now)
            case .finished(let keepsAlive, let isBodyRead): finished(keepsAlive: keepsAlive, isBodyRead: isBodyRead)
            case .upgraded(let isBodyRead): upgraded(isBodyRead)
            case .brokenOff: brokenOff()
            case .closed: closed()
            case .left: left()
            case .drain(let waiting): drain(waiting)
            case .hurry: isServing ? .tellStop : closed()
            }
        }

        // MARK: from the channel

        private mutating func received(_ now: UInt64) -> Action {
            guard course == .open || course == .closing && isServing else { return .none }
            if exchange == .none { exchange = .head(now) }
            return .keep
        }

        private mutating func readComplete(_ waiting: Int) -> Action {
            isReadHeld = waiting >= most && course != .lingering
            return isReadHeld ? .none : .read
        }

        private mutating func writable(_ isWritable: Bool) -> Action {
            self.isWritable = isWritable
            return isWritable ? .wakeWriter : .none
        }

        private mutating func inactive() -> Action {
            course = .gone
            return .tellGone
        }

        // MARK: from the task

        private mutating func looked(_ now: UInt64) -> Action {
            if exchange == .none { exchange = .head(now) }
            return .none
        }

        private mutating func blank() -> Action {
            if case .head = exchange { exchange = .none }
            return .none
        }

        private mutating func headRead() -> Action {
            if case .head(let moment) = exchange { exchange = .serving(moment) }
            return .none
        }

        private mutating func took(_ waiting: Int) -> Action {
            guard isReadHeld, waiting < most else { return .none }
            isReadHeld = false
            return .read
        }

        private mutating func failed(_ now: UInt64) -> Action {
            if course == .open { course = .closing }
            switch exchange {
            case .none: exchange = .serving(now)
            case .head(let moment): exchange = .serving(moment)
            case .serving, .upgraded: break
            }
            return .none
        }

        private mutating func upgraded(_ isBodyRead: Bool) -> Action {
            guard case .serving = exchange, course == .open, isBodyRead else { return .none }
            exchange = .upgraded(OpenDirections())
            return .switchProtocols
        }

        /// One side of an upgraded connection says nothing more; an end before is the connection's.
        private mutating func endDirection(_ event: Event) -> Action {
            guard case .upgraded(var directions) = exchange else {
                return event == .inputEnded && course == .open ? closed() : .none
            }
            if event == .inputEnded {
                directions.endInput()
            } else {
                guard course == .open, directions.hasOutput else { return .none }
                directions.endOutput()
            }
            exchange = .upgraded(directions)
            guard directions.areOver else { return event == .inputEnded ? .wakeReader : .endOutput }
            return course == .gone ? .none : closesAfterWrites()
        }

        private mutating func closesAfterWrites() -> Action {
            if course == .open { course = .closing }
            return .closeAfterWrites
        }

        private mutating func finished(keepsAlive: Bool, isBodyRead: Bool) -> Action {
            if case .upgraded = exchange { return brokenOff() }
            endServing()
            switch course {
            case .gone, .lingering: return .none
            case .open, .closing: break
            }
            if course == .open, keepsAlive, isBodyRead { return .none }
            guard isBodyRead else {
                course = .lingering
                let reads = isReadHeld
                isReadHeld = false
                return .linger(reads: reads)
            }
            course = .closing
            return .closeAfterWrites
        }

        private mutating func brokenOff() -> Action {
            endServing()
            return course == .gone ? .none : closesAfterWrites()
        }

        private mutating func closed() -> Action {
            if course == .open { course = .closing }
            return course == .gone ? .none : .closeNow
        }

        private mutating func left() -> Action {
            endServing()
            return course == .open ? closed() : .none
        }

        private mutating func endServing() { if isServing { exchange = .none } }

        // MARK: from the server

        private mutating func drain(_ waiting: Int) -> Action {
            switch exchange {
            case .serving, .upgraded: .none
            case .none where waiting == 0: closed()
            case .none, .head: .wakeReader
            }
        }
    }
}
