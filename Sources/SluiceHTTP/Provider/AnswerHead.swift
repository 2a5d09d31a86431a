// SPDX-License-Identifier: Apache-2.0
package import NIOCore
import SluiceBytes

/// The head of a provider's answer: checked bytes, what they say about the body, and what of them goes on.
///
/// Belongs to its reader and is used in place.
package struct AnswerHead: ~Copyable, Sendable {
    package enum Body: Sendable, Equatable {
        case none
        /// Bytes.
        case length(Int)
        case chunked
        /// Until the provider closes.
        case untilClose
    }

    package internal(set) var status = 0
    package internal(set) var body = Body.none
    /// The connection may be used again after this answer.
    package internal(set) var keepsAlive = false
    /// `content-type` is `text/event-stream`.
    package internal(set) var isEventStream = false
    /// It is an event stream, whatever `content-type` says: that field does not go on.
    package internal(set) var isMislabelled = false
    /// The value of `connection`, where it names other fields that end at this hop.
    var nominated: [UInt8]?
    /// The header lines, each ended by CR LF, without the status line and the blank line.
    package internal(set) var lines: ByteBuffer?
    /// The lines that go on, neighbours in one.
    var stretches: [Stretch] = []
    let withheld: WithheldFields

    init(withholding withheld: WithheldFields) { self.withheld = withheld }

    /// Lines that go on to the caller in the same way.
    struct Stretch: Sendable {
        enum Way: Sendable { case asItIs, respaced, renamed, unlessStream }

        /// Places in ``AnswerHead/lines``.
        var start: Int32
        var end: Int32
        var way: Way
    }

    /// Calls `visit` with each field's name and value (without the white space around it).
    package func forEachField(_ visit: (_ name: Span<UInt8>, _ value: Span<UInt8>) -> Void) {
        guard let lines else { return }
        HeaderLines.forEach(of: lines.readableBytesUInt8Span, 0..<lines.readableBytes) { name, value, _ in
            visit(name, value)
        }
    }

    /// The first value of a field, by its name in lower case.
    package func first(_ name: String) -> String? {
        guard let lines else { return nil }
        let bytes = lines.readableBytesUInt8Span
        return HeaderLines.first(name, of: bytes, 0..<bytes.count).map { String(copying: bytes.extracting($0)) }
    }

    /// Writes the lines that go on to the caller.
    ///
    /// - Parameter own: a field that the relay writes itself, in lower case.
    package func writePassed(
        to out: inout HeadBytes,
        besides own: StaticString? = nil,
        showsType: Bool = true,
        showsLimits: Bool = true
    ) {
        guard let lines else { return }
        if nominated != nil || isMislabelled || own != nil || !showsType || !showsLimits {
            return writeOneByOne(
                lines,
                besides: own,
                showsType: showsType && !isMislabelled,
                showsLimits: showsLimits,
                to: &out
            )
        }
        let bytes = lines.readableBytesUInt8Span
        for stretch in stretches {
            let range = Int(stretch.start)..<Int(stretch.end)
            switch stretch.way {
            case .asItIs: out.write(bytes.extracting(range))
            case .unlessStream: if !isEventStream { out.write(bytes.extracting(range)) }
            case .renamed, .respaced:
                if let line = HeaderLine(checked: bytes, from: range.lowerBound) {
                    AnswerHead.write(line, bytes, isRenamed: stretch.way == .renamed, to: &out)
                }
            }
        }
    }

    /// It says how far the account is from its provider's limits.
    private static func isLimit(_ name: Span<UInt8>) -> Bool {
        for prefix in ["x-ratelimit-", "anthropic-ratelimit-"] as [StaticString]
        where name.count > prefix.utf8CodeUnitCount
            && name.extracting(0..<prefix.utf8CodeUnitCount).equals(ignoringCase: prefix)
        {
            return true
        }
        return false
    }

    /// The same where the provider says that further fields end at this hop, or says the wrong type.
    private func writeOneByOne(
        _ lines: ByteBuffer,
        besides own: StaticString?,
        showsType: Bool,
        showsLimits: Bool,
        to out: inout HeadBytes
    ) {
        let bytes = lines.readableBytesUInt8Span
        var start = 0
        while start < bytes.count, let line = HeaderLine(checked: bytes, from: start) {
            start = line.next
            let name = bytes.extracting(line.name)
            let field = AnswerField(name, withheld)
            let isRenamed = field == .requestID
            if !showsType, field == .contentType { continue }
            if !showsLimits, AnswerHead.isLimit(name) { continue }
            if let own, name.equals(ignoringCase: own) { continue }
            guard isRenamed || field.goesOn(inStream: isEventStream) && !nominates(name) else { continue }
            AnswerHead.write(line, bytes, isRenamed: isRenamed, to: &out)
        }
    }

    /// Some field's line holds any of what `isFound` looks for.
    package func holds(_ isFound: (Span<UInt8>) -> Bool) -> Bool {
        guard let lines else { return false }
        return isFound(lines.readableBytesUInt8Span)
    }

    private func nominates(_ name: Span<UInt8>) -> Bool {
        guard let nominated else { return false }
        return nominated.span.listHolds(name)
    }

    private static func write(_ line: HeaderLine, _ bytes: Span<UInt8>, isRenamed: Bool, to out: inout HeadBytes) {
        if isRenamed { out.write("x-upstream-request-id") } else { out.write(bytes.extracting(line.name)) }
        out.write(": ")
        out.write(bytes.extracting(line.value))
        out.write("\r\n")
    }
}
