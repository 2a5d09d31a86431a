// SPDX-License-Identifier: Apache-2.0

/// The limits in time of one upstream attempt; an absent one is inherited.
package struct Timeouts: Sendable, Equatable {
    package var connect: Duration?
    /// From the request's last byte sent to the first byte of the answer's head.
    package var firstByte: Duration?
    /// The longest silence in the middle of an answer.
    package var stall: Duration?
    /// The whole request, all attempts together.
    package var total: Duration?

    package init(connect: Duration? = nil, firstByte: Duration? = nil, stall: Duration? = nil, total: Duration? = nil) {
        self.connect = connect
        self.firstByte = firstByte
        self.stall = stall
        self.total = total
    }

    /// What holds where nobody says otherwise: 3 s, 60 s, 60 s, 10 min.
    package static let standard = Timeouts(
        connect: .seconds(3),
        firstByte: .seconds(60),
        stall: .seconds(60),
        total: .seconds(600)
    )

    /// These limits, with those of `other` where one is absent.
    package func completed(by other: Timeouts) -> Timeouts {
        Timeouts(
            connect: connect ?? other.connect,
            firstByte: firstByte ?? other.firstByte,
            stall: stall ?? other.stall,
            total: total ?? other.total
        )
    }
}
