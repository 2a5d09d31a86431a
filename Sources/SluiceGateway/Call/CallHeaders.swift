// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceBytes
import SluiceCore
import SluiceHTTP
import SluiceWire

/// The head of a request that is being served, and what the relay wants to know from it.
///
/// There is one of it for each call, which is read in place: a copy would cost more than the look.
struct CallHeaders: ~Copyable {
    private(set) var fields: CallFields
    /// The request target as it came.
    private(set) var target: Range<Int>
    private var lines: Range<Int>
    private var bytes: ByteBuffer

    init(_ head: consuming RequestHead) {
        target = head.target
        lines = head.lines
        fields = CallFields(head)
        bytes = head.taken()
    }

    /// Lets go of the head's bytes, and of the receive buffer they lie in; every range in it is empty then.
    mutating func drop() {
        fields = CallFields()
        (target, lines) = (0..<0, 0..<0)
        bytes = ByteBuffer()
    }

    /// The text of a range; what is no UTF-8 is replaced.
    func text(_ range: Range<Int>) -> String { with(range) { String(copying: $0) } }

    func isASCII(_ range: Range<Int>) -> Bool {
        with(range) { bytes in
            var all: UInt8 = 0
            for index in bytes.indices { all |= bytes[index] }
            return all < 0x80
        }
    }

    /// Where the first value of any field stands, by its name in lower case.
    func first(_ name: String) -> Range<Int>? {
        HeaderLines.first(name, of: bytes.readableBytesUInt8Span, lines)
    }

    /// The bytes of a range.
    @inline(__always)
    func with<Result>(_ range: Range<Int>, _ body: (Span<UInt8>) -> Result) -> Result {
        body(bytes.readableBytesUInt8Span.extracting(range))
    }

    /// The caller's key where it stands in the query, as one dialect has it.
    var keyInQuery: Range<Int>? { parameter("key") }

    /// The query asks for server-sent events.
    var asksForEvents: Bool { parameter("alt").map { with($0) { $0.equals("sse") } } ?? false }

    /// The query asks for a stream, which elsewhere the body does.
    var asksForStream: Bool { parameter("stream").map { with($0) { $0.equals("true") } } ?? false }

    /// The query with its question mark; empty where there is none.
    var query: Range<Int> {
        let mark = with(target) { $0.firstIndex(of: UInt8(ascii: "?"), from: 0) }
        return mark.map { target.lowerBound + $0..<target.upperBound } ?? target.upperBound..<target.upperBound
    }

    /// Where the first value of a parameter of the query stands, as it came.
    private func parameter(_ name: StaticString) -> Range<Int>? {
        let bytes = bytes.readableBytesUInt8Span
        let count = name.utf8CodeUnitCount
        guard let mark = bytes.extracting(target).firstIndex(of: UInt8(ascii: "?"), from: 0) else { return nil }
        var start = target.lowerBound + mark + 1
        while start < target.upperBound {
            var end = start
            while end < target.upperBound, bytes[end] != UInt8(ascii: "&") { end += 1 }
            if end - start > count, bytes[start + count] == UInt8(ascii: "="),
                bytes.extracting(start..<start + count).equals(name)
            {
                return start + count + 1..<end
            }
            start = end + 1
        }
        return nil
    }

    /// The library's patience in nanoseconds, where it says so and means it.
    var readTimeoutNanoseconds: UInt64? {
        guard let range = fields.readTimeout, range.count <= 20,
            let seconds = with(range, { $0.decimal }).map(Double.init) ?? Double(text(range)),
            seconds > 0.01, seconds <= 86_400
        else { return nil }
        return UInt64(seconds * 1_000_000_000)
    }

    // MARK: Fields that go on to the provider

    /// Bytes of the fields that go on.
    ///
    /// - Parameter own: names of fields that the provider gets from its configuration.
    func forwardedBytes(besides own: [String]) -> Int {
        var sum = 0
        for index in fields.forwarded.indices where !CallHeaders.holds(own, fields.forwarded[index].name) {
            sum += fields.forwarded[index].name.utf8CodeUnitCount + fields.forwarded[index].value.count + 4
        }
        return sum
    }

    /// Whether the caller sent a field that goes on to the provider.
    func forwards(_ name: StaticString) -> Bool {
        fields.forwarded.contains {
            $0.name.utf8CodeUnitCount == name.utf8CodeUnitCount && $0.name.description == name.description
        }
    }

    func writeForwarded(to out: inout RequestBytes, besides own: [String]) {
        for index in fields.forwarded.indices where !CallHeaders.holds(own, fields.forwarded[index].name) {
            out.write(fields.forwarded[index].name)
            out.write(": ")
            // Safe because: bytes have no padding.
            with(fields.forwarded[index].value) { unsafe out.write($0.bytes) }
            out.write("\r\n")
        }
    }

    private static func holds(_ own: [String], _ name: StaticString) -> Bool {
        !own.isEmpty && own.contains { $0 == name.description }
    }

    /// The names in the caller's `anthropic-beta`, each as a JSON string, with commas between.
    var betas: [UInt8] {
        let text = fields.forwarded.filter { $0.name.description == "anthropic-beta" }.map { self.text($0.value) }
        let names = text.joined(separator: ",").split(separator: ",").compactMap { name -> [UInt8]? in
            var json: [UInt8] = []
            let name = name.drop { $0 == " " || $0 == "\t" }.split { $0 == " " || $0 == "\t" }.first ?? ""
            guard !name.isEmpty else { return nil }
            JSONString.append(String(name), to: &json)
            return json
        }
        return Array(names.joined(separator: [UInt8(ascii: ",")]))
    }

    // MARK: the caller's key

    /// Where several keys were shown that differ, or `Authorization` stands twice: nobody can say who calls.
    var hasTwoKeys: Bool {
        guard !fields.furtherCredentials.isEmpty || fields.authorizations > 1 else { return false }
        guard fields.authorizations < 2, let credential = fields.credential else { return true }
        return with(credential) { first in
            for range in fields.furtherCredentials {
                let isSame = with(range) { other in
                    guard other.count == first.count else { return false }
                    for index in other.indices where other[index] != first[index] { return false }
                    return true
                }
                if !isSame { return true }
            }
            return false
        }
    }
}

/// What the relay wants to know from a request's header fields, gathered in one pass: where in the head it stands.
struct CallFields: ~Copyable {
    /// A field that goes on to the provider as it is; never the caller's key.
    struct Forwarded {
        let name: StaticString
        let value: Range<Int>
    }

    /// The caller's key as shown.
    @HeadPlace private(set) var credential: Range<Int>?
    @HeadPlace private(set) var unit: Range<Int>?
    @HeadPlace private(set) var session: Range<Int>?
    @HeadPlace private(set) var pin: Range<Int>?
    @HeadPlace private(set) var timeout: Range<Int>?
    /// How long the caller's library waits for bytes, in seconds.
    @HeadPlace private(set) var readTimeout: Range<Int>?
    @HeadPlace private(set) var tags: Range<Int>?
    @HeadPlace private(set) var contentType: Range<Int>?
    /// By which the caller marks requests that are to be served once; see ``ForwardedFields``.
    @HeadPlace private(set) var idempotencyKey: Range<Int>?
    /// The page that asks, where a browser says so.
    @HeadPlace private(set) var origin: Range<Int>?
    @HeadPlace private(set) var upgrade: Range<Int>?
    private(set) var forwarded: [Forwarded] = []
    /// Keys that were shown beside the one that counts.
    private(set) var furtherCredentials: [Range<Int>] = []
    /// The caller's library sends this request again.
    private(set) var isRetry = false
    /// Fields named `Authorization`; two are as bad as more.
    private(set) var authorizations: UInt8 = 0
    private var credentialRank = UInt8.max

    init() {}

    init(_ head: borrowing RequestHead) {
        head.forEachField { name, value, range in take(name, value, range) }
    }

    private mutating func take(_ name: Span<UInt8>, _ value: Span<UInt8>, _ range: Range<Int>) {
        switch name.count {
        case 6: if name.equals(ignoringCase: "origin") { origin = range }
        case 7:
            if name.equals(ignoringCase: "api-key") { offer(range, rank: 2) }
            if name.equals(ignoringCase: "x-title") { forward("x-title", range) }
            if name.equals(ignoringCase: "upgrade") { upgrade = range }
        case 9:
            if name.equals(ignoringCase: "x-api-key") { offer(range, rank: 1) }
            if name.equals(ignoringCase: "thread-id") { session = session ?? range }
        case 10:
            if name.equals(ignoringCase: "session-id") || name.equals(ignoringCase: "session_id") { session = range }
            if name.equals(ignoringCase: "tracestate") { forward("tracestate", range) }
        case 11:
            if name.equals(ignoringCase: "traceparent") { forward("traceparent", range) }
        case 12:
            if name.equals(ignoringCase: "content-type") { contentType = range }
            if name.equals(ignoringCase: "x-session-id") { session = session ?? range }
            if name.equals(ignoringCase: "http-referer") { forward("http-referer", range) }
        case 13:
            if name.equals(ignoringCase: "authorization") {
                authorizations = min(2, authorizations + 1)
                offer(CallFields.bearer(value, range), rank: 0)
            }
            if name.equals(ignoringCase: "x-sluice-unit") { unit = range }
            if name.equals(ignoringCase: "x-sluice-tags") { tags = range }
        case 14:
            if name.equals(ignoringCase: "x-goog-api-key") { offer(range, rank: 3) }
        case 15:
            if name.equals(ignoringCase: "idempotency-key") { idempotencyKey = idempotencyKey ?? range }
        case 16:
            if name.equals(ignoringCase: "x-sluice-version") { pin = range }
        case 19:
            if name.equals(ignoringCase: "x-sluice-timeout-ms") { timeout = range }
            if name.equals(ignoringCase: "x-client-request-id") { forward("x-client-request-id", range) }
            if name.equals(ignoringCase: "x-stainless-timeout") { readTimeout = readTimeout ?? range }
        case 23:
            if name.equals(ignoringCase: "x-stainless-retry-count") { isRetry = !value.isEmpty && !value.equals("0") }
        case 24:
            if name.equals(ignoringCase: "x-stainless-read-timeout") { readTimeout = range }
            if name.equals(ignoringCase: "x-claude-code-session-id") { session = session ?? range }
        default: break
        }
        if let known = ProviderSpeech.forwarded(name) { forward(known, range) }
    }

    private mutating func forward(_ name: StaticString, _ range: Range<Int>) {
        forwarded.append(Forwarded(name: name, value: range))
    }

    private mutating func offer(_ range: Range<Int>?, rank: UInt8) {
        guard let range, !range.isEmpty else { return }
        guard rank < credentialRank else { return furtherCredentials.append(range) }
        if let credential { furtherCredentials.append(credential) }
        credential = range
        credentialRank = rank
    }

    private static func bearer(_ value: Span<UInt8>, _ range: Range<Int>) -> Range<Int>? {
        guard value.count > 7, value.extracting(0..<7).equals(ignoringCase: "bearer ") else { return nil }
        var first = 7
        while first < value.count, value[first] == UInt8(ascii: " ") { first += 1 }
        return (range.lowerBound + first)..<range.upperBound
    }
}

/// Where something stands in a head, in eight bytes: a call keeps a dozen of them for as long as it lasts.
@propertyWrapper
struct HeadPlace {
    /// Equal where there is nothing; a head is shorter than four gigabytes by far.
    private var start = UInt32.max
    private var end = UInt32.max

    var wrappedValue: Range<Int>? {
        @inline(__always) get { start == .max ? nil : Int(start)..<Int(end) }
        @inline(__always) set {
            guard let newValue, newValue.lowerBound >= 0, newValue.upperBound < UInt32.max else {
                (start, end) = (.max, .max)
                return
            }
            start = UInt32(truncatingIfNeeded: newValue.lowerBound)
            end = UInt32(truncatingIfNeeded: newValue.upperBound)
        }
    }
}
