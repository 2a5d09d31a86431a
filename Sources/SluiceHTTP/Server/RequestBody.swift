// SPDX-License-Identifier: Apache-2.0
package import NIOCore

/// The body of the request that a caller's connection serves, as it comes.
package struct RequestBody {
    private let connection: ClientConnection

    init(of connection: ClientConnection) { self.connection = connection }

    private var limits: HTTPLimits { connection.limits }
    private var isRead: Bool { connection.inbox.isBodyRead }

    /// Waits for all of it.
    ///
    /// - Parameter reserve: asked for memory before it is needed: for the announced length, or for what chunks have grown
    ///   to; `false` where there is none.
    /// - Throws: too large (before reading it, where the length is announced), too slow, malformed, no memory, or gone.
    package func read(
        limit: Int? = nil,
        reserve: (_ bytes: Int) -> Bool = { _ in true }
    ) async throws(HTTPProblem) -> ByteBuffer {
        if isRead { return ByteBuffer() }
        do throws(HTTPProblem) {
            let most = limits.bodyBytes
            let framing = connection.framing
            var whole = try WholeBody(framing.body, limit: min(limit ?? most, most), most: most, reserve)
            try whole.add(connection.takeBody(), isLast: isRead, reserve)
            if isRead { return whole.bytes }
            if framing.expectsContinue, whole.bytes.readableBytes == 0 { connection.answerContinue() }
            let began = connection.loop.now
            while true {
                let due = limits.dueOfBody(since: began, bytes: UInt64(whole.bytes.readableBytes))
                try await waitForMore(until: due)
                try whole.add(connection.takeBody(), isLast: isRead, reserve)
                if isRead { return whole.bytes }
            }
        } catch {
            throw error.kind == .gone ? error : connection.fail(error)
        }
    }

    private func waitForMore(until moment: UInt64) async throws(HTTPProblem) {
        if connection.isGone { throw HTTPProblem(.gone, "the caller has left") }
        if connection.isStopping { throw HTTPProblem(.stopping, "The relay is stopping; send the request again.") }
        guard await connection.waitForBytes(until: moment) else {
            throw HTTPProblem(.requestTimeout, "the request's body arrives too slowly")
        }
    }

    /// Reads what is left of it, if that is little.
    func readAway() async {
        guard !connection.framing.expectsContinue, connection.state.takesRequests else { return }
        var left = limits.drainBytes
        if case .length(let length) = connection.framing.body, length > left { return }
        let end = connection.loop.moment(after: limits.lingerTime)
        while !connection.isGone {
            do throws(HTTPProblem) {
                left -= try connection.takeBody().readableBytes
            } catch {
                _ = connection.fail(error)
                return
            }
            if left < 0 || isRead { return }
            guard await connection.waitForBytes(until: end) else { return }
        }
    }
}
