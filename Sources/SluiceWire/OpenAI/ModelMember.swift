// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// The `model` of a body whose path names it.
package enum ModelMember {
    /// A body with the model as its first member; one that is no object stays as it is, for its reader to refuse.
    package static func added(to body: RawSpan, _ model: String) -> [UInt8] {
        var cursor = JSONCursor(at: 0)
        guard (try? cursor.peek(body)) == .openBrace else { return body.copy(0..<body.byteCount) }
        let inside = cursor.position + 1
        cursor = JSONCursor(at: inside)
        let isEmpty = (try? cursor.peek(body)) == .closeBrace
        var bytes = body.copy(0..<inside)
        bytes.append(contentsOf: #""model":"#.utf8)
        JSONString.append(model, to: &bytes)
        if !isEmpty { bytes.append(.comma) }
        bytes.append(contentsOf: body, in: inside..<body.byteCount)
        return bytes
    }
}
