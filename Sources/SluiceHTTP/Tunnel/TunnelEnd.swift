// SPDX-License-Identifier: Apache-2.0
package import NIOCore

/// One end of a tunnel: a connection that has switched protocols.
package protocol TunnelEnd {
    /// It was cut, or is closed.
    var isGone: Bool { get }
    /// The next bytes that its peer sent.
    func nextBytes(until moment: UInt64) async -> TunnelInput
    /// Sends bytes and waits until it takes more; `false` when it is gone, or took none until the moment.
    func write(_ bytes: ByteBuffer, until moment: UInt64) async -> Bool
    /// Says that nothing more will be sent; its peer may go on.
    func endOutput()
    /// Closes once what was written has left.
    func breakOff()
    /// Closes at once.
    func close()
}

package enum TunnelInput: Sendable, Equatable {
    case bytes(ByteBuffer)
    /// Nothing more will come.
    case over
    /// The moment came first.
    case late
}

extension UpgradedClient: TunnelEnd {
    package var isGone: Bool { connection.isGone }

    package func nextBytes(until moment: UInt64) async -> TunnelInput {
        if let bytes = await connection.nextBytes(until: moment) { return .bytes(bytes) }
        return connection.state.isInputOver ? .over : .late
    }

    package func write(_ bytes: ByteBuffer, until moment: UInt64) async -> Bool {
        await connection.write(bytes, until: moment)
    }

    package func endOutput() { connection.apply(.outputEnded) }

    package func breakOff() { connection.breakOff() }

    package func close() { connection.close() }
}

extension UpgradedProvider: TunnelEnd {
    package var isGone: Bool { connection.isGone }

    package func nextBytes(until moment: UInt64) async -> TunnelInput {
        do throws(ConnectionFault) {
            return try await connection.read(until: moment).map { .bytes($0) } ?? .over
        } catch {
            return error == .timeout ? .late : .over
        }
    }

    package func write(_ bytes: ByteBuffer, until moment: UInt64) async -> Bool {
        await connection.write(bytes, until: moment)
    }

    package func endOutput() { connection.apply(.outputEnded) }

    package func breakOff() { connection.apply(.brokenOff) }

    package func close() { connection.close() }
}
