// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
package import SluiceCore

/// The fields of a `multipart/form-data` body that the relay decides on; everything else in it is the caller's.
package struct FormReading: Sendable, Equatable {
    /// Where the value of `model` stands.
    package private(set) var model: Range<Int> = 0..<0
    /// `stream` is `true`.
    package private(set) var isStream = false

    private static let mostParts = 1_000
    private static let longestHead = 8_192

    /// Reads a body (RFC 7578); one pass, nothing is copied.
    ///
    /// - Parameter type: the value of `content-type`.
    /// - Throws: a `Refusal` of the caller's side.
    package init(of body: RawSpan, type: String) throws(Refusal) {
        guard let boundary = FormReading.boundary(in: type) else {
            throw Refusal(
                .unsupportedMediaType,
                "Send the body as a form, with content-type: multipart/form-data and its boundary.",
                param: "content-type"
            )
        }
        let mark = [.minus, .minus] + boundary
        guard var position = FormReading.firstPart(body, mark) else { throw FormReading.broken("has no part") }
        var hasModel = false
        for _ in 0..<FormReading.mostParts {
            guard let head = FormReading.head(body, from: position) else {
                throw FormReading.broken("has a part whose head is too long or has no end")
            }
            guard let end = FormReading.nextMark(body, mark, from: head.upperBound) else {
                throw FormReading.broken("ends within a part")
            }
            let value = head.upperBound..<end
            if FormReading.isNamed("model", body, head.lowerBound..<head.upperBound) {
                guard !hasModel else {
                    throw Refusal(.duplicateField, "The field model stands more than once.", param: "model")
                }
                hasModel = true
                model = value
            } else if FormReading.isNamed("stream", body, head.lowerBound..<head.upperBound) {
                isStream = body.equals("true", in: value) || body.equals("True", in: value)
            }
            let behind = end + 2 + mark.count
            if body.has("--", at: behind) {
                guard !model.isEmpty else {
                    throw Refusal(
                        .missingModel,
                        "The request names no model; set \"model\" to a route's name.",
                        param: "model"
                    )
                }
                return
            }
            guard body.has("\r\n", at: behind) else {
                throw FormReading.broken("has a boundary that ends a line too late")
            }
            position = behind + 2
        }
        throw FormReading.broken("has more than \(FormReading.mostParts) parts")
    }

    private static func broken(_ what: String) -> Refusal {
        Refusal(.badRequest, "The form \(what); it must be what content-type says: parts between boundaries.")
    }

    // MARK: places

    /// Behind the line of the first boundary, before which nothing but an empty line may stand.
    private static func firstPart(_ body: RawSpan, _ mark: [UInt8]) -> Int? {
        for start in [0, 2] where holds(mark, body, at: start) && body.has("\r\n", at: start + mark.count) {
            return start + mark.count + 2
        }
        return nil
    }

    /// The header lines of a part, with the blank line behind them.
    private static func head(_ body: RawSpan, from start: Int) -> Range<Int>? {
        var index = start
        let end = min(body.byteCount, start + longestHead)
        // A part may have no header line at all.
        if body.has("\r\n", at: start) { return start..<start + 2 }
        while index < end {
            if body.has("\r\n\r\n", at: index) { return start..<index + 4 }
            index += 1
        }
        return nil
    }

    /// Where the line end stands that a boundary follows.
    private static func nextMark(_ body: RawSpan, _ mark: [UInt8], from start: Int) -> Int? {
        // The value may be empty: then the line end of the blank line is the one before the boundary.
        var index = max(0, start - 2)
        let last = body.byteCount - mark.count - 2
        while index <= last {
            if index + 16 <= body.byteCount {
                let skipped = (body.vector(index) .== SIMD16(repeating: Int8(0x0D))).unmarkedPrefix
                index += skipped
                if skipped == 16 { continue }
                guard index <= last else { return nil }
            }
            if body.byte(index) == .carriageReturn, body.byte(index + 1) == .lineFeed, holds(mark, body, at: index + 2)
            {
                return max(index, start)
            }
            index += 1
        }
        return nil
    }

    private static func holds(_ mark: [UInt8], _ body: RawSpan, at start: Int) -> Bool {
        guard start >= 0, start + mark.count <= body.byteCount else { return false }
        for index in mark.indices where body.byte(start + index) != mark[index] { return false }
        return true
    }

    // MARK: names

    /// `content-disposition: form-data; name="…"`, in any spelling of the field, with quotes or without.
    private static func isNamed(_ name: String, _ body: RawSpan, _ head: Range<Int>) -> Bool {
        let text = String(decoding: body.copy(head), as: UTF8.self)
        for line in text.split(separator: "\r\n") {
            guard let colon = line.utf8.firstIndex(of: .colon), line[..<colon].lowercased() == "content-disposition"
            else {
                continue
            }
            for part in line[line.utf8.index(after: colon)...].split(separator: ";").dropFirst() {
                let pair = part.drop { $0 == " " }
                guard pair.lowercased().hasPrefix("name=") else { continue }
                let value = pair.dropFirst(5)
                return value == name || value == "\"\(name)\""
            }
        }
        return false
    }

    /// The boundary that a content type names; `nil` where it is no form, or names none that may be.
    private static func boundary(in text: String) -> [UInt8]? {
        guard text.utf8.count <= 256 else { return nil }
        let parts = text.split(separator: ";")
        guard parts.first?.lowercased() == "multipart/form-data" else { return nil }
        for part in parts.dropFirst() {
            let pair = part.drop { $0 == " " || $0 == "\t" }
            guard pair.lowercased().hasPrefix("boundary=") else { continue }
            var value = pair.dropFirst(9)
            if value.first == "\"", value.last == "\"", value.count > 1 { value = value.dropFirst().dropLast() }
            let bytes = Array(value.utf8)
            guard (1...70).contains(bytes.count), bytes.allSatisfy({ (0x20...0x7E).contains($0) }), bytes.last != .space
            else { return nil }
            return bytes
        }
        return nil
    }
}
