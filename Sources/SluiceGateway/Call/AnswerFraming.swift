// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceHTTP

/// How an answer's body is framed towards the caller.
enum AnswerFraming {
    case length(Int)
    case chunked
    /// For HTTP/1.0 callers: the end of the connection ends the body.
    case untilClose
}

extension AnswerFraming {
    func frame(_ bytes: ByteBuffer, in out: inout ByteBuffer) {
        if case .chunked = self { HTTPAnswer.chunk(bytes, in: &out) } else { out.writeImmutableBuffer(bytes) }
    }

    /// The caller knows where the body ends without the connection's end.
    var endsItself: Bool { if case .untilClose = self { false } else { true } }
}
