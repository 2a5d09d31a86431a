// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// The files that a body names, each of which one account keeps.
///
/// A `file_id` names one where it stands in a part of a message that has its content in a file, by the part's type or by
/// the object around it. What a model or a caller's own tool reads (arguments, schemas, metadata) names none.
package struct FileReferences {
    /// The ids as they stand in the body.
    private(set) var ids: [CallFacts.Field] = []
    private var cursor = JSONCursor(at: 0)

    /// More than any request needs; what follows is no id that anybody has.
    static let most = 256

    /// - Parameter body: a JSON text that has been checked; nothing is found in another.
    init(of body: RawSpan) { try? value(body, in: .plain, depth: 0) }

    /// Those that the requests of a batch name, and the file that they stand in; `nil` where the body is no JSON.
    package static func ofBatch(_ body: RawSpan) -> [String]? {
        var references = FileReferences()
        do throws(JSONFault) {
            guard try references.cursor.peek(body) == .openBrace else { return nil }
            try references.value(body, in: .batch, depth: 0)
            references.cursor.skipSpace(body)
        } catch {
            return nil
        }
        guard references.cursor.position == body.byteCount else { return nil }
        return references.ids.map { CallFacts.text($0, in: body) ?? "" }
    }

    private init() {}

    private enum Place { case plain, holder, container, batch }

    private mutating func add(_ range: Range<Int>) {
        guard ids.count <= FileReferences.most else { return }
        let isTooMany = ids.count == FileReferences.most
        ids.append(isTooMany ? CallFacts.Field() : CallFacts.Field(range: range, kind: .string))
    }

    private mutating func value(_ bytes: RawSpan, in place: Place, depth: Int) throws(JSONFault) {
        switch try cursor.peek(bytes) {
        case .openBrace where depth < JSONCursor.deepest: try object(bytes, in: place, depth: depth)
        case .openBracket where depth < JSONCursor.deepest:
            guard try cursor.enter(bytes, closing: .closeBracket) else { return }
            repeat {
                try value(bytes, in: .plain, depth: depth + 1)
            } while try cursor.next(
                bytes,
                closing: .closeBracket
            )
        default: try cursor.skipValue(bytes, depth: depth)
        }
    }

    private mutating func object(_ bytes: RawSpan, in place: Place, depth: Int) throws(JSONFault) {
        guard try cursor.enter(bytes, closing: .closeBrace) else { return }
        var found: [Range<Int>] = []
        var isPart = place == .holder
        repeat {
            // A batch may have more members than any one request.
            cursor.members = 0
            let name = JSONText.unescaped(bytes, try cursor.name(bytes).range)
            let first = try cursor.peek(bytes)
            let start = cursor.position
            switch (name, first) {
            case ("type", .quote):
                try cursor.skipValue(bytes, depth: depth)
                let type = JSONText.unescaped(bytes, start + 1..<cursor.position - 1)
                isPart = isPart || FileReferences.parts.contains(type)
            case ("file_id", .quote):
                try cursor.skipValue(bytes, depth: depth)
                found.append(start..<cursor.position)
            case ("input_file_id", .quote) where place == .batch:
                try cursor.skipValue(bytes, depth: depth)
                add(start..<cursor.position)
            case ("file_ids", .openBracket) where place == .container: try list(bytes, depth: depth)
            case ("source", .openBrace), ("file", .openBrace): try value(bytes, in: .holder, depth: depth + 1)
            case ("container", .openBrace): try value(bytes, in: .container, depth: depth + 1)
            // The input of a whole request is its messages; that of a call, whatever the tool takes.
            case ("input", _) where depth > 0: try cursor.skipValue(bytes, depth: depth)
            case _ where FileReferences.opaque.contains(name): try cursor.skipValue(bytes, depth: depth)
            default: try value(bytes, in: .plain, depth: depth + 1)
            }
        } while try cursor.next(bytes, closing: .closeBrace)
        if isPart { found.forEach { add($0) } }
    }

    private mutating func list(_ bytes: RawSpan, depth: Int) throws(JSONFault) {
        guard try cursor.enter(bytes, closing: .closeBracket) else { return }
        repeat {
            let first = try cursor.peek(bytes)
            let start = cursor.position
            try cursor.skipValue(bytes, depth: depth + 1)
            if first == .quote { add(start..<cursor.position) }
        } while try cursor.next(bytes, closing: .closeBracket)
    }

    private static let parts: Set<String> = [
        "input_file", "input_image", "computer_screenshot", "container_upload", "image_file",
    ]
    private static let opaque: Set<String> = [
        "arguments", "parameters", "input_schema", "schema", "properties", "metadata", "output_schema",
    ]
}
