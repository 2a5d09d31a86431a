// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import NIOCore

extension HTTPClientResponse.Body {
    /// All of it, where it is there in time: a request's own limit holds until the answer's head alone.
    ///
    /// - Throws: `deadlineExceeded` where it is not, `NIOTooManyBytesError` where it is longer than `count`.
    func collect(upTo count: Int, until end: ContinuousClock.Instant) async throws -> ByteBuffer {
        try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
            group.addTask { try await self.collect(upTo: count) }
            group.addTask {
                try await Task.sleep(until: end, clock: .continuous)
                return nil
            }
            defer { group.cancelAll() }
            guard let body = try await group.next() ?? nil else { throw HTTPClientError.deadlineExceeded }
            return body
        }
    }
}
