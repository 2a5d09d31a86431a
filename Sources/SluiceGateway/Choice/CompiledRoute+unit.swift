// SPDX-License-Identifier: Apache-2.0
import Crypto
import NIOCore
import SluiceCore
import SluiceRelease
import SluiceWire

// What is read is handed from function to function, not kept in a value: that would count a reference to each of it.

extension CompiledRoute {
    /// The unit by which a request is assigned: the first of the route's unit sources that the request has; by chance where
    /// it has none.
    func unit(of request: CallRequest, _ call: Call, by key: CompiledKey, _ transcript: Transcript) -> UnitDigest {
        for index in units.indices {
            guard let digest = unit(units[index], of: request, call, key) else { continue }
            transcript.outcome.unitSource = unitNames[index]
            transcript.outcome.unitHash = digest.primary
            return digest
        }
        transcript.outcome.unitSource = "random"
        return UnitDigest(primary: transcript.loop.chance.next(), secondary: transcript.loop.chance.next())
    }

    private func unit(
        _ source: CompiledUnitSource,
        of request: CallRequest,
        _ call: Call,
        _ key: CompiledKey
    ) -> UnitDigest? {
        switch source {
        case .sluiceUnit: call.headers.fields.unit.flatMap { digest(of: $0, in: call, key) }
        case .field(let index): call.headers.first(unitFields[index]).flatMap { digest(of: $0, in: call, key) }
        case .session:
            if let value = call.headers.fields.session {
                digest(of: value, in: call, key)
            } else {
                digest(of: .session, in: request, key)
            }
        case .key: digest(of: key.id.rawValue, key)
        case .promptCacheKey: digest(of: .promptCacheKey, in: request, key)
        case .user: digest(of: .user, in: request, key)
        case .conversation: digest(ofConversationIn: request, key)
        }
    }

    /// Of the unit that a header field names; what is no UTF-8 in it is replaced.
    private func digest(of value: Range<Int>, in call: Call, _ key: CompiledKey) -> UnitDigest? {
        guard call.headers.isASCII(value) else { return digest(of: call.headers.text(value), key) }
        // Safe because: bytes have no padding.
        return call.headers.with(value) { unsafe digest(of: $0.bytes, key) }
    }

    /// Of the unit that the body names.
    private func digest(of source: UnitSource, in request: CallRequest, _ key: CompiledKey) -> UnitDigest? {
        let body = request.body.readableBytesSpan
        if let value = request.facts.plainUnit(from: source, in: body) {
            return digest(of: body.extracting(value), key)
        }
        return request.facts.unit(from: source, in: body).flatMap { digest(of: $0, key) }
    }

    private func digest(ofConversationIn request: CallRequest, _ key: CompiledKey) -> UnitDigest? {
        var conversation = SHA256()
        let isThere = request.facts.withConversation(in: request.body.readableBytesSpan) { bytes in
            // Safe because: the digest only reads within the span.
            unsafe bytes.withUnsafeBytes { unsafe conversation.update(bufferPointer: $0) }
        }
        guard isThere else { return nil }
        // Safe because: the digest lives during the call.
        return unsafe conversation.finalize().withUnsafeBytes { unsafe digest(of: RawSpan(_unsafeBytes: $0), key) }
    }

    private func digest(of text: String, _ key: CompiledKey) -> UnitDigest? {
        let bytes = Array(text.utf8)
        // Safe because: bytes have no padding.
        return unsafe digest(of: bytes.span.bytes, key)
    }

    private func digest(of bytes: RawSpan, _ key: CompiledKey) -> UnitDigest? {
        guard bytes.byteCount > 0 else { return nil }
        return UnitDigest(salt: salt, scope: key.scope, unit: bytes)
    }
}
