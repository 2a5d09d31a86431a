// SPDX-License-Identifier: Apache-2.0
import Crypto
import NIOCore
import SluiceCore
import SluiceRelease
import SluiceWire

/// Reads the unit by which a request is assigned, from its head and its body.
struct UnitReading {
    let call: Call
    let key: CompiledKey
    let route: CompiledRoute
    let request: CallRequest

    /// The first unit source of the route that this request has; by chance where it has none.
    func unit(_ transcript: Transcript) -> UnitDigest {
        for index in route.units.indices {
            guard let digest = unit(route.units[index]) else { continue }
            transcript.outcome.unitSource = route.unitNames[index]
            transcript.outcome.unitHash = digest.primary
            return digest
        }
        transcript.outcome.unitSource = "random"
        return UnitDigest(primary: transcript.loop.chance.next(), secondary: transcript.loop.chance.next())
    }

    private func unit(_ source: CompiledUnitSource) -> UnitDigest? {
        switch source {
        case .sluiceUnit: call.headers.fields.unit.flatMap { unit(at: $0) }
        case .field(let index): call.headers.first(route.unitFields[index]).flatMap { unit(at: $0) }
        case .session:
            if let value = call.headers.fields.session {
                unit(at: value)
            } else {
                unit(from: .session)
            }
        case .key: unit(key.id.rawValue)
        case .promptCacheKey: unit(from: .promptCacheKey)
        case .user: unit(from: .user)
        case .conversation: conversation()
        }
    }

    /// The unit that a header field names; what is no UTF-8 in it is replaced.
    private func unit(at value: Range<Int>) -> UnitDigest? {
        guard call.headers.isASCII(value) else { return unit(call.headers.text(value)) }
        // Safe because: bytes have no padding.
        return call.headers.with(value) { unsafe unit($0.bytes) }
    }

    /// The unit that the body names.
    private func unit(from source: UnitSource) -> UnitDigest? {
        let body = request.body.readableBytesSpan
        if let value = request.facts.plainUnit(from: source, in: body) { return unit(body.extracting(value)) }
        return request.facts.unit(from: source, in: body).flatMap { unit($0) }
    }

    private func unit(_ text: String) -> UnitDigest? {
        let bytes = Array(text.utf8)
        // Safe because: bytes have no padding.
        return unsafe unit(bytes.span.bytes)
    }

    private func unit(_ bytes: RawSpan) -> UnitDigest? {
        guard bytes.byteCount > 0 else { return nil }
        return UnitDigest(salt: route.salt, scope: key.scope, unit: bytes)
    }

    private func conversation() -> UnitDigest? {
        var digest = SHA256()
        let isThere = request.facts.withConversation(in: request.body.readableBytesSpan) { bytes in
            // Safe because: the digest only reads within the span.
            unsafe bytes.withUnsafeBytes { unsafe digest.update(bufferPointer: $0) }
        }
        guard isThere else { return nil }
        // Safe because: the digest lives during the call.
        return unsafe digest.finalize().withUnsafeBytes { unsafe unit(RawSpan(_unsafeBytes: $0)) }
    }
}
