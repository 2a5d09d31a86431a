// SPDX-License-Identifier: Apache-2.0
import NIOHTTP1
import SluiceHTTP

/// What the relay wants to know from a request's header fields, gathered in one pass.
struct CallHeaders {
    /// The caller's key as shown.
    private(set) var credential: Substring?
    private(set) var unit: String?
    private(set) var session: String?
    private(set) var pin: String?
    private(set) var timeout: String?
    /// How long the caller's library waits for bytes, in seconds.
    private(set) var readTimeout: String?
    /// The caller's library sends this request again.
    private(set) var isRetry = false
    private(set) var tags: String?
    private(set) var contentType: String?
    /// Fields that go on to the provider; never the caller's key.
    private(set) var forwarded: [(name: StaticString, value: String)] = []
    private var credentialRank = Int.max

    init(_ headers: HTTPHeaders) {
        for (name, value) in headers { take(name, value) }
    }

    private mutating func take(_ name: String, _ value: String) {
        switch name.utf8.count {
        case 7:
            if name.equals(ignoringCase: "api-key") { offer(value[...], rank: 2) }
        case 9:
            if name.equals(ignoringCase: "x-api-key") { offer(value[...], rank: 1) }
        case 10:
            if name.equals(ignoringCase: "session-id") || name.equals(ignoringCase: "session_id") { session = value }
            if name.equals(ignoringCase: "tracestate") { forwarded.append(("tracestate", value)) }
        case 11:
            if name.equals(ignoringCase: "openai-beta") { forwarded.append(("openai-beta", value)) }
            if name.equals(ignoringCase: "traceparent") { forwarded.append(("traceparent", value)) }
        case 12:
            if name.equals(ignoringCase: "content-type") { contentType = value }
            if name.equals(ignoringCase: "x-session-id") { session = session ?? value }
        case 13:
            if name.equals(ignoringCase: "authorization") { offer(CallHeaders.bearer(value), rank: 0) }
            if name.equals(ignoringCase: "x-sluice-unit") { unit = value }
            if name.equals(ignoringCase: "x-sluice-tags") { tags = value }
        case 14:
            if name.equals(ignoringCase: "x-goog-api-key") { offer(value[...], rank: 3) }
            if name.equals(ignoringCase: "openai-project") { forwarded.append(("openai-project", value)) }
        case 15:
            if name.equals(ignoringCase: "idempotency-key") { forwarded.append(("idempotency-key", value)) }
        case 16:
            if name.equals(ignoringCase: "x-sluice-version") { pin = value }
        case 19:
            if name.equals(ignoringCase: "x-sluice-timeout-ms") { timeout = value }
            if name.equals(ignoringCase: "openai-organization") { forwarded.append(("openai-organization", value)) }
            if name.equals(ignoringCase: "x-client-request-id") { forwarded.append(("x-client-request-id", value)) }
        case 23:
            if name.equals(ignoringCase: "x-stainless-retry-count") { isRetry = !value.isEmpty && value != "0" }
        case 24:
            if name.equals(ignoringCase: "x-stainless-read-timeout") { readTimeout = value }
            if name.equals(ignoringCase: "x-claude-code-session-id") { session = session ?? value }
        default: break
        }
    }

    /// The library's patience in nanoseconds, where it says so and means it.
    var readTimeoutNanoseconds: UInt64? {
        guard let readTimeout, readTimeout.utf8.count <= 20, let seconds = Double(readTimeout), seconds > 0.01,
            seconds <= 86_400
        else { return nil }
        return UInt64(seconds * 1_000_000_000)
    }

    private mutating func offer(_ text: Substring?, rank: Int) {
        guard let text, !text.isEmpty, rank < credentialRank else { return }
        credential = text
        credentialRank = rank
    }

    private static func bearer(_ value: String) -> Substring? {
        let bytes = value.utf8
        guard bytes.count > 7, bytes.prefix(7).elementsEqual("bearer ".utf8, by: { $0 | 0x20 == $1 }) else {
            return nil
        }
        return Substring(bytes.dropFirst(7).drop { $0 == UInt8(ascii: " ") })
    }
}
