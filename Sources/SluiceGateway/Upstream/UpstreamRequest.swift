// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// The bytes of a request to one target, and what was added to them.
struct UpstreamRequest {
    private(set) var bytes: ByteBuffer
    /// Bytes of its body.
    private(set) var bodyBytes: Int
    /// The stream's usage was asked for by the relay: the caller does not see it.
    private(set) var hidesUsage: Bool
    /// Its stream may be asked for again after it broke off: what it says is kept.
    let mayResume: Bool

    /// What signs it; `nil` where nothing has to.
    private var signature: Signature?

    /// Lines of the head that hold for one body only; few requests have them.
    private final class Signature {
        /// Where they stand in the bytes.
        let place: Range<Int>
        let signing: RequestSigning
        let path: String
        /// When it was signed.
        let moment: Timestamp

        init(at place: Range<Int>, _ signing: RequestSigning, _ path: String, _ moment: Timestamp) {
            self.place = place
            self.signing = signing
            self.path = path
            self.moment = moment
        }

        func moved(to place: Range<Int>, at moment: Timestamp? = nil) -> Signature {
            Signature(at: place, signing, path, moment ?? self.moment)
        }
    }

    /// When it was signed, by our clock; `nil` where it is not signed.
    var signedAt: Timestamp? { signature?.moment }

    /// By which its answer becomes one in the caller's dialect; `nil` where that is the provider's.
    let translated: TranslatedCall?

    /// Writes our head, the fields that may go on, and the body with the version's changes, translated where the provider
    /// speaks another dialect.
    ///
    /// - Returns: `nil` where the target does not serve the endpoint.
    init?(
        _ request: CallRequest,
        _ forwarded: ForwardedFields,
        to target: CompiledTarget,
        mayResume: Bool,
        on loop: GatewayLoop
    ) throws(Refusal) {
        let facts = request.facts
        if let path = forwarded.call.passedPath {
            guard target.speaks(facts.endpoint), let fields = target.passedFields else { return nil }
            self.init(passing: request, forwarded, path, to: target, fields)
            return
        }
        guard !target.speaks(facts.endpoint) else {
            try self.init(facts, of: request.body.readableBytesSpan, forwarded, to: target, nil, mayResume, on: loop)
            return
        }
        guard let translation = target.translation(of: facts.endpoint) else { return nil }
        let caller = request.body.readableBytesSpan
        let path = Translation.Path(model: facts.modelName(in: caller), isStream: facts.isStream)
        let made = try translation.request(caller, target.translates, at: path)
        let body = made.body
        // Safe because: bytes have no padding.
        let span = unsafe body.span.bytes
        guard let read = try target.facts(of: span, from: facts) else { return nil }
        let translated = TranslatedCall(translation, of: facts, to: target.model, made)
        // What the caller says to its own dialect's providers means nothing to others.
        try self.init(read, of: span, nil, to: target, translated, mayResume, on: loop)
    }

    private init?(
        _ facts: CallFacts,
        of body: RawSpan,
        _ forwarded: ForwardedFields?,
        to target: CompiledTarget,
        _ translated: TranslatedCall?,
        _ mayResume: Bool,
        on loop: GatewayLoop
    ) throws(Refusal) {
        let isCount = facts.endpoint.operation == .countTokens
        guard let rewriting = isCount ? target.countRewriting ?? target.rewriting : target.rewriting,
            let head = target.head(for: facts.endpoint, isStream: facts.isStream)
        else { return nil }
        self.translated = translated
        if target.takesBetas, let forwarded { facts.betas = forwarded.betas }
        let rewrite = try rewriting.rewrite(facts, of: body, asksForUsage: facts.isStream && target.asksForUsage)
        hidesUsage = rewrite.hidesUsage
        self.mayResume = facts.isStream && mayResume && translated?.translation.canGoOn != false
        bodyBytes = rewrite.length
        let fields = RequestFields(
            isStream: facts.isStream,
            isFramed: target.framesStreams,
            length: rewrite.length
        )
        let signed = UpstreamRequest.signed(
            rewrite,
            of: body,
            facts,
            target,
            at: target.signing.map { _ in loop.wallClock() }
        )
        let forwardedBytes = forwarded?.count(besides: target.ownFields) ?? 0
        let standard = target.standardField.flatMap { forwarded?.has($0.name) == true ? nil : $0 }
        let more = standard.map { $0.name.utf8CodeUnitCount + $0.value.utf8CodeUnitCount + 4 } ?? 0
        let unsigned = head.count + forwardedBytes + more
        let lines = signed?.lines ?? []
        let size = unsigned + lines.count + fields.count + rewrite.length
        signature = signed?.signature.moved(to: unsigned..<unsigned + lines.count)
        var bytes = loop.spares.requests.take(size)
        // Safe because: every piece is checked against what is left of the buffer.
        unsafe bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { memory in
            var out = unsafe RequestBytes(memory)
            unsafe out.write(head.span.bytes)
            forwarded?.write(to: &out, besides: target.ownFields)
            if let standard { out.writeLine(standard.name, standard.value) }
            if !lines.isEmpty { unsafe out.write(lines.span.bytes) }
            fields.write(to: &out)
            rewrite.write(body) { out.write($0) }
            return out.count
        }
        self.bytes = bytes
    }

    /// The lines that sign a body as it is sent, and by what they were made; `nil` where the target asks for none.
    private static func signed(
        _ rewrite: RequestRewrite,
        of body: RawSpan,
        _ facts: CallFacts,
        _ target: CompiledTarget,
        at moment: Timestamp?
    ) -> (lines: [UInt8], signature: Signature)? {
        guard let moment, let signing = target.signing,
            let path = target.path(for: facts.endpoint, isStream: facts.isStream)
        else { return nil }
        let sent = rewrite.bytes(of: body)
        // Safe because: bytes have no padding.
        let lines = unsafe signing.lines(path: path, body: sent.span.bytes, at: moment)
        return (Array(lines.utf8), Signature(at: 0..<0, signing, path, moment))
    }

    /// A request whose method, path, query and body are the caller's.
    private init(
        passing request: CallRequest,
        _ forwarded: ForwardedFields,
        _ path: String,
        to target: CompiledTarget,
        _ fields: [UInt8]
    ) {
        let place = request.facts.modelInForm
        let model = place == nil ? [] : Array(target.model.utf8)
        translated = nil
        signature = nil
        hidesUsage = false
        mayResume = false
        bodyBytes = request.body.readableBytes - (place?.count ?? 0) + model.count
        let call = forwarded.call
        let isOfJSON = place == nil && call.stored?.isContent != true
        let size = forwarded.count(besides: target.ownFields)
        var bytes = ByteBuffer()
        bytes.reserveCapacity(256 + path.utf8.count + fields.count + size + bodyBytes)
        bytes.writeString("\(call.method.rawValue) ")
        bytes.writeBytes(target.pathPrefix)
        bytes.writeString(path + call.headers.text(call.headers.query) + " HTTP/1.1\r\n")
        bytes.writeBytes(fields)
        // Safe because: every piece is checked against what is left of the buffer.
        unsafe bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { memory in
            var out = unsafe RequestBytes(memory)
            forwarded.write(to: &out, besides: target.ownFields)
            return out.count
        }
        if let field = target.standardField, !forwarded.has(field.name) {
            bytes.writeString("\(field.name): \(field.value)\r\n")
        }
        if bodyBytes > 0, let type = call.headers.fields.contentType {
            bytes.writeString("content-type: \(call.headers.text(type))\r\n")
        }
        bytes.writeString(
            "accept: \(request.facts.isStream ? "text/event-stream" : isOfJSON ? "application/json" : "*/*")\r\n"
        )
        if bodyBytes > 0 || call.method == .POST { bytes.writeString("content-length: \(bodyBytes)\r\n") }
        bytes.writeString("\r\n")
        var rest = request.body
        if let place, let before = rest.readSlice(length: place.lowerBound) {
            bytes.writeImmutableBuffer(before)
            bytes.writeBytes(model)
            rest.moveReaderIndex(forwardBy: place.count)
        }
        bytes.writeBuffer(&rest)
        self.bytes = bytes
    }

    /// It is not needed any more.
    mutating func drop(on loop: GatewayLoop) {
        var sent = ByteBuffer()
        swap(&sent, &bytes)
        loop.spares.requests.keep(sent)
    }

    /// The body as it is sent.
    var body: ByteBuffer? {
        let start = bytes.readableBytes - bodyBytes
        guard start > 0 else { return nil }
        return bytes.getSlice(at: bytes.readerIndex + start, length: bodyBytes)
    }

    /// Makes its signature one of this moment, where it has one: signatures are good for some minutes only.
    mutating func signAnew(at moment: Timestamp) -> Bool {
        guard signature != nil, let body else { return false }
        replaceBody(Array(body.readableBytesView), at: moment)
        return true
    }

    /// Puts another body in the place of its own; the head ends with the body's length.
    mutating func replaceBody(_ body: [UInt8], at moment: Timestamp) {
        let start = bytes.readableBytes - bodyBytes
        let end = "\(bodyBytes)\r\n\r\n".utf8.count
        guard start >= end, var changed = head(upTo: start - end, signing: body, at: moment) else { return }
        changed.writeString("\(body.count)\r\n\r\n")
        changed.writeBytes(body)
        bytes = changed
        bodyBytes = body.count
    }

    /// The beginning of the head, up to where the body's length stands; signed anew where it was signed.
    private mutating func head(upTo end: Int, signing body: [UInt8], at moment: Timestamp) -> ByteBuffer? {
        guard let signature else { return bytes.getSlice(at: bytes.readerIndex, length: end) }
        let place = signature.place
        guard place.upperBound <= end, var head = bytes.getSlice(at: bytes.readerIndex, length: place.lowerBound),
            let rest = bytes.getSlice(at: bytes.readerIndex + place.upperBound, length: end - place.upperBound)
        else { return nil }
        // Safe because: bytes have no padding.
        let lines = unsafe signature.signing.lines(path: signature.path, body: body.span.bytes, at: moment)
        head.writeString(lines)
        self.signature = signature.moved(to: place.lowerBound..<head.readableBytes, at: moment)
        head.writeImmutableBuffer(rest)
        return head
    }

    /// See ``UpstreamAttempt/prepareToGoOn(after:)``.
    mutating func goOn(
        after sent: [UInt8],
        of target: CompiledTarget,
        _ operation: Operation,
        at moment: Timestamp
    ) -> Bool {
        guard let prefill = target.prefill, let body,
            let continued = target.rewriting?.continued(Array(buffer: body), of: operation, after: sent, prefill)
        else { return false }
        replaceBody(continued, at: moment)
        return true
    }

    /// Takes the question for the stream's usage out of the body again; `false` where the caller asks for it too.
    mutating func takeOutUsage(of target: CompiledTarget, at moment: Timestamp) -> Bool {
        guard hidesUsage, let body, let plain = target.rewriting?.withoutUsageMember(body.readableBytesSpan) else {
            return false
        }
        replaceBody(plain, at: moment)
        hidesUsage = false
        return true
    }
}

/// How long a whole request may take, all attempts together; in nanoseconds of the loop's clock.
struct TimeLimit {
    private(set) var end: UInt64
    private let allowance: UInt64

    /// The version's total where it holds, or less where the caller wants less.
    init(of call: Call, at target: CompiledTarget, isStream: Bool) throws(Refusal) {
        var total = target.limits.total(isStream: isStream)
        if let value = call.headers.fields.timeout {
            guard let milliseconds = UInt64(call.headers.text(value)), (1...86_400_000).contains(milliseconds)
            else {
                throw Refusal(
                    .badRequest,
                    "x-sluice-timeout-ms must be a whole number of milliseconds from 1 to 86400000.",
                    param: "x-sluice-timeout-ms"
                )
            }
            total = min(total, milliseconds * 1_000_000)
        }
        // A library that waits for a whole answer gives up when nothing came for so long.
        if !isStream, let patience = call.headers.readTimeoutNanoseconds { total = min(total, patience) }
        allowance = total
        end = call.startedAt + total
    }

    /// Ends it earlier.
    mutating func shorten(to moment: UInt64) { end = min(end, moment) }

    /// Whether an attempt may start.
    func hasTime(at moment: UInt64) -> Bool { TimeLimit.hasTime(at: moment, until: end, of: allowance) }

    /// Whether an attempt may start: not past the deadline, and not in the last tenth of the time allowed.
    ///
    /// All in nanoseconds.
    static func hasTime(at moment: UInt64, until deadline: UInt64, of allowance: UInt64) -> Bool {
        moment < deadline && deadline - moment > allowance / 10
    }

    /// The caller asked for less time than a target has: running into that is not the target's slowness.
    func isCallers(at target: CompiledTarget, isStream: Bool) -> Bool {
        allowance < target.limits.total(isStream: isStream)
    }
}
