// SPDX-License-Identifier: Apache-2.0

extension ProviderConnection {
    /// Where a provider's connection stands, and what is to be done when something happens to it; pure.
    struct StateMachine: Sendable, Equatable {
        /// What is still to come before a request may be sent.
        enum Opening: Sendable, Equatable {
            /// A proxy opens the way to the provider.
            case proxy(thenTLS: Bool)
            case handshake
        }

        /// What is known of a request and its answer.
        struct Exchange: Sendable, Equatable {
            /// The connection has served an exchange before, so it may have died unseen.
            var isReused = false
            /// Bytes came in since the request was sent.
            var hasAnswered = false
            /// Nothing of the request can have left: the provider knows nothing of it.
            var hasSentNothing = false
        }

        /// What the connection is used for.
        enum Use: Sendable, Equatable {
            case opening(Opening)
            /// The pool keeps it.
            case resting
            case leased(Exchange)
            /// Bytes pass both ways, in a protocol of their own.
            case upgraded(OpenDirections)
        }

        /// What becomes of the connection.
        enum Course: Sendable, Equatable {
            case open
            /// We have closed it; the channel has not said so yet.
            case closing
            case failed(ConnectionFault)
            /// Nobody waits for what it brings.
            case cancelled
            case gone
        }

        enum Event: Sendable, Equatable {
            // from the channel
            /// Connected; through a proxy, where there is one.
            case opened
            case handshaken
            case received
            /// No more is to be had for now; bytes that wait to be taken.
            case readComplete(waiting: Int)
            case writable(Bool)
            /// The provider has ended its side.
            case inputEnded
            /// An error; `nil` for one that only says that the end came early.
            case failed(ConnectionFault?)
            case inactive
            // from the task of an exchange
            case sent(nothing: Bool)
            /// It waits for bytes, and there are none.
            case wanted
            case upgraded
            case outputEnded
            case brokenOff
            case closed
            case cancelled
            // from the pool
            /// A further exchange begins, if nothing came meanwhile.
            case leased(isQuiet: Bool)
            /// An exchange is over, if all of it was taken.
            case rested(isEmpty: Bool)
            /// It has rested for long enough.
            case idled
        }

        enum Action: Sendable, Equatable {
            case none
            /// Keeps the bytes that came.
            case keep
            /// Asks the channel for more.
            case read
            /// The reading task has something to look at, or the writing one.
            case wakeReader, wakeWriter
            /// The pool may lend it, or keep it; asks for more bytes first where reading was held.
            case lend, rest(reads: Bool)
            /// Lets the provider end its side while ours goes on.
            case switchProtocols
            /// Ends our side.
            case endOutput
            case closeNow, closeAfterWrites
            /// Closes now, and wakes whoever waits.
            case abandon
            /// Wakes whoever waits and lets go of the timers.
            case retire
        }

        private(set) var use: Use
        private(set) var course = Course.open
        private(set) var isWritable = true
        /// The task has too much yet to take: nothing is asked for.
        private(set) var isReadHeld = false
        /// Bytes that may wait to be taken.
        private let most: Int

        init(holding most: Int, throughProxy: Bool = false, speaksTLS: Bool = false) {
            self.most = most
            if throughProxy {
                use = .opening(.proxy(thenTLS: speaksTLS))
            } else {
                use = speaksTLS ? .opening(.handshake) : .leased(Exchange())
            }
        }

        /// Nothing was lost on it, and nobody has closed it.
        var isOpen: Bool { course == .open }
        var isCancelled: Bool { course == .cancelled }
        var fault: ConnectionFault? { if case .failed(let fault) = course { fault } else { nil } }
        var exchange: Exchange { if case .leased(let exchange) = use { exchange } else { Exchange() } }
        /// Its errors mean that there was no handshake.
        var awaitsHandshake: Bool { use == .opening(.handshake) || use == .opening(.proxy(thenTLS: true)) }
        /// Nothing more will come, behind the bytes that wait.
        var isInputOver: Bool {
            if case .upgraded(let directions) = use, !directions.hasInput { return true }
            return course == .gone
        }
        /// Neither side can say anything more.
        var isOver: Bool { course != .open && course != .closing }

        @inline(__always)
        mutating func event(_ event: Event) -> Action {
            switch event {
            case .received: received()
            case .readComplete(let waiting): readComplete(waiting)
            case .wanted: wanted()
            case .sent(let nothing): sent(nothing: nothing)
            case .leased(let isQuiet): leased(isQuiet)
            case .rested(let isEmpty): rested(isEmpty)
            case .opened, .handshaken: opened(by: event)
            case .writable(let isWritable): writable(isWritable)
            case .inputEnded, .outputEnded, .upgraded: changeDirections(event)
            case .failed(let fault): failed(fault)
            case .inactive: inactive()
            case .brokenOff: close(.closeAfterWrites)
            case .closed: close(.closeNow)
            case .idled: use == .resting ? close(.closeNow) : .none
            case .cancelled: cancelled()
            }
        }

        // MARK: bytes

        private mutating func received() -> Action {
            guard course == .open else { return .none }
            switch use {
            // Bytes nobody asked for would be taken for the next request's answer.
            case .resting: return close(.closeNow)
            case .leased(var exchange):
                exchange.hasAnswered = true
                use = .leased(exchange)
                return .keep
            case .upgraded, .opening: return .keep
            }
        }

        private mutating func readComplete(_ waiting: Int) -> Action {
            isReadHeld = waiting >= most
            return isReadHeld ? .none : .read
        }

        private mutating func wanted() -> Action {
            guard isReadHeld else { return .none }
            isReadHeld = false
            return .read
        }

        private mutating func writable(_ isWritable: Bool) -> Action {
            self.isWritable = isWritable
            return isWritable ? .wakeWriter : .none
        }

        private mutating func sent(nothing: Bool) -> Action {
            guard case .leased(var exchange) = use else { return .none }
            exchange.hasAnswered = false
            exchange.hasSentNothing = nothing
            use = .leased(exchange)
            return .none
        }

        // MARK: uses

        private mutating func opened(by event: Event) -> Action {
            switch (use, event) {
            case (.opening(.proxy(thenTLS: true)), .opened): use = .opening(.handshake)
            case (.opening(.proxy), .opened), (.opening(.handshake), .handshaken): use = .leased(Exchange())
            default: return .none
            }
            return .wakeReader
        }

        private mutating func leased(_ isQuiet: Bool) -> Action {
            guard use == .resting, course == .open, isQuiet else { return .none }
            use = .leased(Exchange(isReused: true))
            return .lend
        }

        private mutating func rested(_ isEmpty: Bool) -> Action {
            guard case .leased = use, course == .open, isEmpty else { return .none }
            use = .resting
            return .rest(reads: wanted() == .read)
        }

        private mutating func changeDirections(_ event: Event) -> Action {
            switch (use, event) {
            case (.leased, .upgraded) where course == .open:
                use = .upgraded(OpenDirections())
                return .switchProtocols
            case (.upgraded(var directions), .inputEnded):
                directions.endInput()
                use = .upgraded(directions)
                return directions.areOver ? close(.closeAfterWrites) : .wakeReader
            case (.upgraded(var directions), .outputEnded) where course == .open && directions.hasOutput:
                directions.endOutput()
                use = .upgraded(directions)
                return directions.areOver ? close(.closeAfterWrites) : .endOutput
            case (_, .inputEnded) where course == .open: return close(.closeNow)
            default: return .none
            }
        }

        // MARK: ends

        private mutating func close(_ action: Action) -> Action {
            if course == .open { course = .closing }
            return course == .gone ? .none : action
        }

        private mutating func failed(_ fault: ConnectionFault?) -> Action {
            switch course {
            case .open, .closing, .gone: if let fault { course = .failed(fault) }
            case .failed, .cancelled: break
            }
            return close(.closeNow)
        }

        private mutating func cancelled() -> Action {
            course = .cancelled
            return .abandon
        }

        private mutating func inactive() -> Action {
            if course == .open || course == .closing { course = .gone }
            return .retire
        }
    }
}
