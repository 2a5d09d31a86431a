// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// What a body is by its first bytes, whatever its content type says.
package enum BodyKind: Equatable {
    case events
    case other
    /// More bytes are needed.
    case unknown

    /// Reads the beginning of a body; what begins like a field or a comment of server-sent events is a stream of them.
    package init(_ body: RawSpan) {
        var start = body.has("\u{FEFF}", at: 0) ? 3 : 0
        while start < body.byteCount, body.byte(start).isLineEnd { start += 1 }
        guard start < body.byteCount, start < BodyKind.mostBlank else {
            self = start < BodyKind.mostBlank ? .unknown : .other
            return
        }
        if body.byte(start) == .colon {
            self = .events
            return
        }
        self = .other
        let count = body.byteCount - start
        for field in BodyKind.fields {
            var same = 0
            while same < field.count, same < count, body.byte(start + same) == field[same] { same += 1 }
            if same == field.count { self = .events }
            if same == count, same < field.count { self = .unknown }
            if self != .other { return }
        }
    }

    private static let mostBlank = 64
    private static let fields = ["data:", "event:", "id:", "retry:"].map { Array($0.utf8) }
}
