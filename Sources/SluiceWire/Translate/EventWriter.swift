// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// Writes a stream in the caller's dialect, call by call of whoever reads the provider's.
struct EventWriter: Sendable {
    let caller: Translation.Side
    let context: Translation.Context
    /// Events that were written and not handed out.
    var out: [UInt8] = []
    private(set) var hasBegun = false
    private(set) var hasFailed = false
    private var hasEnded = false
    /// How the answer ended, as far as it was said.
    var finish: Finish?
    var stop: [UInt8]?
    var hasRefused = false
    var usage: Usage?

    // What stands around each delta.
    var front: [UInt8] = []
    var back: [UInt8] = []
    /// The call at hand has got arguments.
    var hasArguments = false

    // Thinking, which goes back with its signature.
    var thinking: [UInt8] = []
    var signature: [UInt8] = []
    var thoughtIsKept = true

    // Where pieces follow each other in blocks: the one at hand, and calls that wait for theirs.
    var block: Block?
    var blockCount = 0
    var waiting: [WaitingCall] = []
    var balance = JSONBalance()
    var hasCalls = false

    // Where the end of a block, or of all, says again what was in it.
    var name: [UInt8] = []
    var model: [UInt8] = []
    var blockText: [UInt8] = []
    var blockCall: WaitingCall?
    var blocksText: [UInt8] = []
    var eventCount = 0

    enum Block: Equatable { case text, thinking, call(Int) }

    struct WaitingCall: Sendable {
        let slot: Int
        let id: [UInt8]
        let name: [UInt8]
        /// Of the thought that led to the call.
        var signature: [UInt8] = []
        var arguments: [UInt8] = []
    }

    /// Bytes of thinking, of arguments that wait, and of what is said again, which are kept at most.
    static let longestKept = 4_194_304

    init(for caller: Translation.Side, _ context: Translation.Context) {
        self.caller = caller
        self.context = context
    }

    /// Hands out what was written, in one piece.
    mutating func flush(to pass: (RawSpan) -> Void) {
        guard !out.isEmpty else { return }
        var written: [UInt8] = []
        swap(&written, &out)
        // Safe because: bytes have no padding.
        unsafe pass(written.span.bytes)
        written.removeAll(keepingCapacity: true)
        swap(&written, &out)
    }

    /// The answer begins, once.
    ///
    /// Ids and models are insides of JSON strings.
    mutating func begin(id: ArraySlice<UInt8>? = nil, model: ArraySlice<UInt8>? = nil) {
        guard !hasBegun, !hasFailed else { return }
        hasBegun = true
        if let id, !id.isEmpty { name += id } else { name.appendEscaped(context.id.utf8) }
        if let model { self.model += model } else { self.model.appendEscaped(context.model.utf8) }
        switch caller {
        case .openai: beginOpenAI(id: name, model: self.model)
        case .anthropic: beginAnthropic(id: name, model: self.model)
        case .gemini: beginGemini()
        case .responses: beginResponse()
        case .converse: break
        }
    }

    /// A piece of text, of thinking or of a call's arguments, as JSON wrote it.
    mutating func take(_ inside: ArraySlice<UInt8>, as kind: EventReader.Text, _ slot: Int) {
        let bytes = Array(inside)
        // Safe because: bytes have no padding.
        unsafe take(bytes.span.bytes, 0..<bytes.count, as: kind, slot)
    }

    @inline(__always)
    mutating func take(_ bytes: RawSpan, _ range: Range<Int>, as kind: EventReader.Text, _ slot: Int) {
        guard !range.isEmpty, !hasFailed else { return }
        begin()
        switch caller {
        case .openai: takeOpenAI(bytes, range, as: kind, slot)
        case .anthropic, .gemini, .responses, .converse: takeInBlock(bytes, range, as: kind, slot)
        }
    }

    /// A call begins.
    mutating func call(_ slot: Int, id: [UInt8], name: [UInt8], signature: [UInt8] = []) {
        guard !hasFailed else { return }
        begin()
        hasCalls = true
        switch caller {
        case .openai: callOpenAI(WaitingCall(slot: slot, id: id, name: name, signature: signature))
        case .anthropic, .gemini, .responses, .converse:
            callInBlock(WaitingCall(slot: slot, id: id, name: name, signature: signature))
        }
    }

    /// The signature of the thinking at hand, or a piece of it.
    mutating func sign(_ inside: ArraySlice<UInt8>) {
        guard !inside.isEmpty, !hasFailed else { return }
        signature += inside
        if signature.count > EventWriter.longestKept { thoughtIsKept = false }
    }

    /// Thinking that is not shown.
    mutating func redacted(_ data: ArraySlice<UInt8>) {
        guard !hasFailed else { return }
        begin()
        var json = JSONWriter(reserving: data.count + 64)
        Conversation.Piece.redacted(data).writeAnthropic(to: &json)
        switch caller {
        case .openai: delta("\"thinking_blocks\":[", json.bytes, "]")
        case .anthropic: block(with: json.bytes)
        case .gemini, .responses, .converse: closeBlock()
        }
    }

    /// The provider's block is over.
    mutating func endBlock() {
        guard !hasFailed else { return }
        switch caller {
        case .openai: endBlockOpenAI()
        case .anthropic, .gemini, .responses, .converse: closeBlock()
        }
    }

    /// The stream goes on.
    mutating func keepAlive() {
        guard !hasFailed else { return }
        switch caller {
        case .openai, .responses, .converse: out.append(": keep-alive\n\n")
        // Libraries of this dialect take a comment for data; they pass over empty lines.
        case .gemini: out.append("\n\n")
        case .anthropic: out.append("event: ping\ndata: {\"type\":\"ping\"}\n\n")
        }
    }

    /// The answer is whole.
    mutating func end() {
        guard !hasFailed, !hasEnded else { return }
        hasEnded = true
        begin()
        switch caller {
        case .openai: endOpenAI()
        case .anthropic: endAnthropic()
        case .gemini: endGemini()
        case .responses: endResponse()
        case .converse: break
        }
    }

    // MARK: errors

    /// The provider's error.
    mutating func fail(_ event: JSONItem, status: Int?) { fail(ProviderError(event, status: status ?? 200)) }

    mutating func fail(_ message: String) { fail(ProviderError(message: message, status: 502)) }

    private mutating func fail(_ error: ProviderError) {
        guard !hasFailed else { return }
        hasFailed = true
        switch caller {
        case .openai, .converse:
            out.append("data: ")
            out += error.openAI
        case .anthropic:
            out.append("event: error\ndata: ")
            out += error.anthropic(requestID: nil)
        case .gemini:
            out.append("data: ")
            out += error.gemini
        case .responses:
            let body = error.openAI
            // Safe because: bytes have no padding.
            out += unsafe Responses.event(of: body.span.bytes)
            return
        }
        out.append("\n\n")
    }
}

/// Whether pieces of arguments make a whole JSON value so far; they are insides of strings, never cut within an escape.
struct JSONBalance: Sendable {
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private(set) var isWhole = false

    mutating func take(_ bytes: RawSpan, _ range: Range<Int>) {
        var index = range.lowerBound
        while index < range.upperBound {
            var byte = bytes.byte(index)
            index += 1
            if byte == .backslash, index < range.upperBound {
                byte = bytes.byte(index)
                index += 1
                // Of the escapes only a quote and a backslash mean something here.
                guard byte == .quote || byte == .backslash else { continue }
            }
            step(byte)
        }
    }

    private mutating func step(_ byte: UInt8) {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == .backslash {
                isEscaped = true
            } else if byte == .quote {
                isInString = false
            }
            return
        }
        switch byte {
        case .quote: isInString = true
        case .openBrace, .openBracket: depth += 1
        case .closeBrace, .closeBracket:
            depth -= 1
            isWhole = depth <= 0
        default: break
        }
    }
}
