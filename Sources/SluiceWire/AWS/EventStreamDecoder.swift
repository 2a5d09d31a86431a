// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// Reads AWS's binary event stream while it passes: messages of a prelude, headers and a payload, with a checksum over
/// the prelude and one over all.
///
/// Total: what is no message, or too long for one, is a ``Fault``, after which nothing is read any more. At most one
/// message is held.
package struct EventStreamDecoder: Sendable {
    private var held: [UInt8] = []
    private var fault: Fault?

    /// Bytes of a message.
    static let longestMessage = 16_777_216
    /// Bytes of its headers.
    static let longestHeaders = 131_072

    package enum Fault: Error, Equatable {
        case preludeChecksum, messageChecksum
        /// Longer than a message may be, or with headers longer than the message.
        case length
        /// Headers that cannot be read, or two of one name.
        case headers
        /// A payload that is none of what its headers say.
        case payload
    }

    package init() {}

    /// What came so far ends with a whole message.
    package var isBetweenMessages: Bool { held.isEmpty }

    /// Takes bytes and hands out the messages that they complete, in order, each with its payload.
    package mutating func feed(_ bytes: RawSpan, to take: (EventStreamMessage, RawSpan) -> Void) throws(Fault) {
        if let fault { throw fault }
        var position = 0
        do throws(Fault) {
            if held.isEmpty {
                position = try EventStreamDecoder.read(bytes, to: take)
                held.append(contentsOf: bytes, in: position..<bytes.byteCount)
            } else {
                held.append(contentsOf: bytes, in: 0..<bytes.byteCount)
                let all = held
                // Safe because: bytes have no padding.
                position = try unsafe EventStreamDecoder.read(all.span.bytes, to: take)
                if position > 0 { held = Array(all[position...]) }
            }
        } catch {
            fault = error
            held = []
            throw error
        }
    }

    /// Hands out the whole messages; where the rest begins.
    private static func read(_ bytes: RawSpan, to take: (EventStreamMessage, RawSpan) -> Void) throws(Fault) -> Int {
        var position = 0
        while let length = try message(in: bytes, from: position) {
            let message = bytes.extracting(position..<position + length)
            let end = EventStreamMessage.preludeLength + Int(message.bigEndian(4))
            take(try EventStreamMessage(message, headersEnd: end), message.extracting(end..<length - 4))
            position += length
        }
        return position
    }

    /// The length of the message that begins here; `nil` while some of it is missing.
    private static func message(in bytes: RawSpan, from start: Int) throws(Fault) -> Int? {
        guard bytes.byteCount - start >= EventStreamMessage.preludeLength else { return nil }
        let length = Int(bytes.bigEndian(start))
        let headers = Int(bytes.bigEndian(start + 4))
        guard bytes.crc32(start..<start + 8) == bytes.bigEndian(start + 8) else { throw .preludeChecksum }
        guard length <= longestMessage, headers <= longestHeaders,
            length >= EventStreamMessage.preludeLength + 4 + headers
        else { throw .length }
        guard bytes.byteCount - start >= length else { return nil }
        guard bytes.crc32(start..<start + length - 4) == bytes.bigEndian(start + length - 4) else {
            throw .messageChecksum
        }
        return length
    }
}

/// What the headers of one message of an event stream say.
package struct EventStreamMessage: Sendable {
    /// In their order.
    private(set) var headers: [Header] = []

    /// More headers than any message has.
    private static let mostHeaders = 64
    static let preludeLength = 12

    struct Header: Sendable, Equatable {
        var name: String
        var value: Value
    }

    enum Value: Sendable, Equatable {
        case flag(Bool)
        /// Of one, two, four or eight bytes.
        case integer(Int64)
        case bytes([UInt8])
        case text(String)
        /// Milliseconds since 1970.
        case moment(Int64)
        case uuid([UInt8])
    }

    /// - Parameter bytes: a whole message whose lengths and checksums are right.
    fileprivate init(_ bytes: RawSpan, headersEnd end: Int) throws(EventStreamDecoder.Fault) {
        var position = EventStreamMessage.preludeLength
        while position < end {
            let header = try EventStreamMessage.header(bytes, &position, end)
            guard headers.count < EventStreamMessage.mostHeaders, !headers.contains(where: { $0.name == header.name })
            else { throw .headers }
            headers.append(header)
        }
    }

    /// The text of a header.
    func text(_ name: String) -> String? {
        guard case .text(let text)? = headers.first(where: { $0.name == name })?.value else { return nil }
        return text
    }

    private static func header(
        _ bytes: RawSpan,
        _ position: inout Int,
        _ end: Int
    ) throws(EventStreamDecoder.Fault) -> Header {
        let nameLength = Int(bytes.byte(position))
        position += 1
        guard nameLength > 0, position + nameLength < end,
            let name = String(validating: bytes.copy(position..<position + nameLength), as: UTF8.self)
        else { throw .headers }
        position += nameLength
        let type = bytes.byte(position)
        position += 1
        func take(_ count: Int) throws(EventStreamDecoder.Fault) -> Range<Int> {
            guard end - position >= count else { throw .headers }
            defer { position += count }
            return position..<position + count
        }
        func number(_ count: Int) throws(EventStreamDecoder.Fault) -> Int64 {
            let range = try take(count)
            var value = UInt64(0)
            for index in range { value = value << 8 | UInt64(bytes.byte(index)) }
            let unused = 64 - UInt64(count) * 8
            return Int64(bitPattern: value << unused) >> Int64(unused)
        }
        func block() throws(EventStreamDecoder.Fault) -> [UInt8] {
            let length = try take(2)
            let count = Int(bytes.byte(length.lowerBound)) << 8 | Int(bytes.byte(length.lowerBound + 1))
            return bytes.copy(try take(count))
        }
        let value: Value
        switch type {
        case 0: value = .flag(true)
        case 1: value = .flag(false)
        case 2: value = .integer(try number(1))
        case 3: value = .integer(try number(2))
        case 4: value = .integer(try number(4))
        case 5: value = .integer(try number(8))
        case 6: value = .bytes(try block())
        case 7:
            guard let text = String(validating: try block(), as: UTF8.self) else { throw .headers }
            value = .text(text)
        case 8: value = .moment(try number(8))
        case 9: value = .uuid(bytes.copy(try take(16)))
        default: throw .headers
        }
        return Header(name: name, value: value)
    }
}

extension RawSpan {
    /// Four bytes, the highest first; they must be there.
    fileprivate func bigEndian(_ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 << 8 | UInt32(byte(offset + $1)) }
    }

    fileprivate func crc32(_ range: Range<Int>) -> UInt32 {
        var crc = CRC32()
        for index in range { crc.take(byte(index)) }
        return crc.value
    }
}
