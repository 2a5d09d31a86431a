// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// How large the buffers are that connections read into; each connection keeps one for as long as it lives.
///
/// They begin small, since thousands of streams wait at a time, whose events are short; one that is filled doubles, so that
/// what is longer takes a read or two more once.
enum ReceiveSizes {
    /// A short request with its head.
    static let ofCaller = AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1_024, maximum: 65_536)
    /// Some events of a stream.
    static let ofProvider = AdaptiveRecvByteBufferAllocator(minimum: 256, initial: 512, maximum: 65_536)
}
