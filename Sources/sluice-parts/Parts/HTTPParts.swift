// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceHTTP

extension Part {
    /// Heads and framing.
    static let http: [Part] = [
        Part("head-gate", "the head of a request, 14 fields, found and read by the strict rules") { count in
            let head = ByteBuffer(bytes: Samples.requestHead)
            var sum = 0
            for _ in 0..<count { sum += try RequestHeadRules.read(head).lines.count }
            return sum
        },
        Part("answer-reader", "a whole answer of 1.1 KB in one read: head, body, end") { count in
            let bytes = ByteBuffer(bytes: Samples.answer)
            var sum = 0
            for _ in 0..<count {
                let reader = AnswerReader()
                reader.append(bytes)
                if try reader.readHead() { sum += reader.head.status }
                while let piece = try reader.nextPiece() { sum += piece.readableBytes }
                sum += reader.isOver ? 1 : 0
            }
            return sum
        },
    ]
}
