// SPDX-License-Identifier: Apache-2.0
import Crypto
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

/// The caller's body as it came, and what was found in it.
struct CallRequest {
    let body: ByteBuffer
    let facts: CallFacts

    init(_ body: ByteBuffer, for endpoint: Outcome.Endpoint, in dialects: Dialects) throws(Refusal) {
        self.body = body
        guard let reading = dialects.reading(endpoint.dialect) else {
            throw Refusal(.unknownPath, "The dialect \(endpoint.dialect.rawValue) is not served here.")
        }
        facts = try reading.facts(of: body.readableBytesSpan, for: endpoint.operation)
    }

    /// The same where the path names the model: the body need not, and is then sent on with it.
    init(
        _ body: ByteBuffer,
        for endpoint: Outcome.Endpoint,
        named model: String,
        isStream: Bool?,
        in dialects: Dialects
    ) throws(Refusal) {
        do throws(Refusal) {
            try self.init(body, for: endpoint, in: dialects)
        } catch {
            guard error.kind == .missingModel else { throw error }
            let named = ModelMember.added(to: body.readableBytesSpan, model)
            try self.init(ByteBuffer(bytes: named), for: endpoint, in: dialects)
        }
        facts.name(model, isStream: isStream)
    }

    /// A form, which names its model in one of its fields.
    ///
    /// - Parameter type: the value of `content-type`.
    init(form body: ByteBuffer, type: String, for endpoint: Outcome.Endpoint) throws(Refusal) {
        self.body = body
        let bytes = body.readableBytesSpan
        facts = CallFacts(of: endpoint, try FormReading(of: bytes, type: type), in: bytes)
    }

    /// One that goes on as it is.
    init(passing body: ByteBuffer, for endpoint: Outcome.Endpoint, isStream: Bool) {
        self.body = body
        facts = CallFacts(passing: endpoint, isStream: isStream)
    }
}

/// The fields of a caller's request that go on to a provider of his dialect.
struct ForwardedFields {
    let call: Call
    /// The caller's `idempotency-key` as the provider sees it; `nil` where he sent none.
    ///
    /// Several callers share the relay's account, where a key that two of them chose would name one request: the provider
    /// could answer one caller with the other's answer. Among them it goes on as a digest of who calls and of what he sent.
    private let idempotencyKey: [UInt8]?

    /// - Parameter isShared: the relay has callers beside the one that has this key.
    init(_ call: Call, of key: KeyID?, isShared: Bool) {
        self.call = call
        idempotencyKey = call.headers.fields.idempotencyKey.map { range in
            call.headers.with(range) { sent in
                isShared ? ForwardedFields.digest(key, sent) : sent.indices.map { sent[$0] }
            }
        }
    }

    private static let line: StaticString = "idempotency-key: "

    /// Bytes of all of them.
    ///
    /// - Parameter own: names of fields that the provider gets from its configuration.
    func count(besides own: [String]) -> Int {
        let count = call.headers.forwardedBytes(besides: own)
        guard let idempotencyKey, !own.contains("idempotency-key") else { return count }
        return count + ForwardedFields.line.utf8CodeUnitCount + idempotencyKey.count + 2
    }

    func has(_ name: StaticString) -> Bool { call.headers.forwards(name) }

    /// See ``CallHeaders/betas``.
    var betas: [UInt8] { call.headers.betas }

    func write(to out: inout RequestBytes, besides own: [String]) {
        call.headers.writeForwarded(to: &out, besides: own)
        guard let idempotencyKey, !own.contains("idempotency-key") else { return }
        out.write(ForwardedFields.line)
        // Safe because: bytes have no padding.
        unsafe out.write(idempotencyKey.span.bytes)
        out.write("\r\n")
    }

    /// Thirty-two hexadecimal digits.
    private static func digest(_ key: KeyID?, _ sent: Span<UInt8>) -> [UInt8] {
        var digest = SHA256()
        let caller = Array((key?.rawValue ?? "").utf8) + [0]
        // Safe because: the digest only reads within the buffers.
        unsafe caller.withUnsafeBytes { unsafe digest.update(bufferPointer: $0) }
        unsafe sent.withUnsafeBytes { unsafe digest.update(bufferPointer: $0) }
        return digest.finalize().prefix(16).flatMap { byte in
            [byte >> 4, byte & 0xF].map { $0 < 10 ? UInt8(ascii: "0") + $0 : UInt8(ascii: "a") - 10 + $0 }
        }
    }
}

extension Refusal {
    /// What a problem of HTTP means to the caller.
    init(_ problem: HTTPProblem) {
        let kind: Kind =
            switch problem.kind {
            case .malformed, .gone: .badRequest
            case .expectationFailed: .expectationFailed
            case .versionNotSupported: .versionNotSupported
            case .noRoom: .overloaded
            case .stopping: .draining
            case .methodNotAllowed: .methodNotAllowed
            case .requestTimeout: .requestTimeout
            case .bodyTooLarge: .bodyTooLarge
            case .uriTooLong: .uriTooLong
            case .headersTooLarge: .headersTooLarge
            case .unsupportedEncoding: .unsupportedEncoding
            }
        let hint = kind == .bodyTooLarge ? "; whoever runs the relay may raise limits.body_size" : ""
        self.init(kind, problem.message + hint)
    }
}
