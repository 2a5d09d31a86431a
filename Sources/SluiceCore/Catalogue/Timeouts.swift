// SPDX-License-Identifier: Apache-2.0

/// The limits in time of one upstream attempt; an absent one is inherited.
package struct Timeouts: Sendable, Equatable {
    /// From the first packet to an open connection.
    package var connect: Duration?
    /// The handshake that follows.
    package var tls: Duration?
    /// From the request's last byte sent to the first byte of the answer's head.
    package var firstByte: Duration?
    /// From the request's last byte sent to the first content of a stream; lifecycle events and comments do not count.
    package var firstToken: Duration?
    /// The longest silence in the middle of an answer.
    package var stall: Duration?
    /// The whole request, all attempts together; of streams only where it is set.
    package var total: Duration?

    package init(
        connect: Duration? = nil,
        tls: Duration? = nil,
        firstByte: Duration? = nil,
        firstToken: Duration? = nil,
        stall: Duration? = nil,
        total: Duration? = nil
    ) {
        self.connect = connect
        self.tls = tls
        self.firstByte = firstByte
        self.firstToken = firstToken
        self.stall = stall
        self.total = total
    }

    /// What holds where nobody says otherwise: 3 s, 5 s, 60 s, 60 s, 60 s, 10 min.
    package static let standard = Timeouts(
        connect: .seconds(3),
        tls: .seconds(5),
        firstByte: .seconds(60),
        firstToken: .seconds(60),
        stall: .seconds(60),
        total: .seconds(600)
    )

    /// These limits, with those of `other` where one is absent.
    package func completed(by other: Timeouts) -> Timeouts {
        Timeouts(
            connect: connect ?? other.connect,
            tls: tls ?? other.tls,
            firstByte: firstByte ?? other.firstByte,
            firstToken: firstToken ?? other.firstToken,
            stall: stall ?? other.stall,
            total: total ?? other.total
        )
    }
}
