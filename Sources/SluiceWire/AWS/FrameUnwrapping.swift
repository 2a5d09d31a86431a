// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// Turns the binary frames of a Bedrock stream into server-sent events while they pass.
///
/// Each frame of InvokeModel holds one event of the Messages API in base64, one of Converse an event as it is, whose name
/// stands in the frame. An exception becomes an `error` event of Anthropic's dialect, after which nothing is read any more;
/// frames of other kinds are passed over.
package struct FrameUnwrapping: Sendable {
    private let kind: Kind
    private var decoder = EventStreamDecoder()
    private var hasFailed = false

    /// Whose events the frames hold.
    package enum Kind: Sendable { case invoke, converse }

    package init(_ kind: Kind = .invoke) { self.kind = kind }

    /// Takes bytes of the stream and hands out whole events.
    ///
    /// - Throws: where what came is no event stream; what came before has been handed out.
    package mutating func feed(_ bytes: RawSpan, to pass: (RawSpan) -> Void) throws(EventStreamDecoder.Fault) {
        guard !hasFailed else { return }
        var hasFailed = false
        var isUnreadable = false
        var fault: EventStreamDecoder.Fault?
        let kind = self.kind
        do throws(EventStreamDecoder.Fault) {
            try decoder.feed(bytes) { message, payload in
                guard !hasFailed, !isUnreadable else { return }
                let event: [UInt8]?
                switch message.text(":message-type") {
                case "event"?:
                    let name = message.text(":event-type")
                    guard kind == .converse || name == "chunk" else { return }
                    event = kind == .converse ? FrameUnwrapping.plain(name, payload) : FrameUnwrapping.event(payload)
                    isUnreadable = event == nil
                case "exception"?, "error"?:
                    event = FrameUnwrapping.failure(message, payload)
                    hasFailed = true
                default: return
                }
                // Safe because: bytes have no padding.
                if let event { unsafe pass(event.span.bytes) }
            }
        } catch {
            // What follows upon the end is not read, however the pieces were cut.
            if !hasFailed { fault = error }
        }
        self.hasFailed = hasFailed || isUnreadable
        if isUnreadable { throw .payload }
        if let fault { throw fault }
    }

    /// The event in a frame's payload, `{"bytes":"…","p":"…"}`.
    private static func event(_ payload: RawSpan) -> [UInt8]? {
        guard let item = JSONItem(checking: payload.copy(0..<payload.byteCount)),
            let text = item["bytes"]?.string, let data = Base64.bytes(Array(text.utf8)[...]),
            let inner = JSONItem(checking: data), inner.kind == .object
        else { return nil }
        return event(named: inner["type"]?.string, data)
    }

    private static func plain(_ name: String?, _ payload: RawSpan) -> [UInt8]? {
        let data = payload.copy(0..<payload.byteCount)
        guard let item = JSONItem(checking: data), item.kind == .object else { return nil }
        return event(named: name, data)
    }

    /// - Parameter name: stands in a line of its own, so only what is a word may stand there.
    private static func event(named name: String?, _ data: [UInt8]) -> [UInt8] {
        var event: [UInt8] = []
        event.reserveCapacity(data.count + 64)
        if let name, !name.isEmpty, name.utf8.allSatisfy({ $0.isVisibleASCII }) {
            event.append(contentsOf: "event: \(name)\n".utf8)
        }
        event.append(contentsOf: "data: ".utf8)
        // Between values a line end is a blank, and inside of strings JSON has none.
        for byte in data { event.append(byte.isLineEnd ? .space : byte) }
        event.append(contentsOf: [.lineFeed, .lineFeed])
        return event
    }

    private static func failure(_ message: EventStreamMessage, _ payload: RawSpan) -> [UInt8] {
        let name = message.text(":exception-type") ?? message.text(":error-code") ?? ""
        let item = JSONItem(checking: payload.copy(0..<payload.byteCount))
        let words = item?["message"]?.string ?? message.text(":error-message")
        let text = words ?? "The provider ended its answer with \(name.isEmpty ? "an error" : name)."
        return event(named: "error", Bedrock.error(Bedrock.errorType(of: name) ?? "api_error", text))
    }
}
