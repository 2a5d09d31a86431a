// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore
import SluiceWire

/// Who calls.
struct Caller {
    let key: CompiledKey
}

/// Finds the caller's key; its text is in no message.
///
/// - Parameter last: what the connection's request before showed.
func authenticate(
    _ call: Call,
    _ snapshot: GatewaySnapshot,
    _ last: inout LastKey,
    _ transcript: Transcript
) throws(Refusal) -> Caller {
    guard !call.headers.hasTwoKeys else {
        throw Refusal(
            .badRequest,
            "Two different API keys, or Authorization twice: send one key, in one header.",
            param: "authorization"
        )
    }
    let inQuery = transcript.voice.takesKeyInQuery ? call.headers.keyInQuery : nil
    guard let credential = call.headers.fields.credential ?? inQuery else {
        throw Refusal(
            .missingKey,
            "No API key: send it as `Authorization: Bearer KEY` (or in x-api-key, api-key or x-goog-api-key)."
        )
    }
    let key: CompiledKey
    if let known = call.headers.with(credential, { last.find($0, in: snapshot) }) {
        key = known
    } else {
        key = try keyOfMachine(call.headers.text(credential), at: call.receivedAt, snapshot, last, transcript)
    }
    transcript.outcome.key = key.id
    guard key.isValid(at: call.receivedAt) else {
        throw Refusal(.invalidKey, "This API key was revoked or has expired; ask for a new one.")
    }
    transcript.key = key
    return Caller(key: key)
}

/// The key whose rights a machine has that shows a token of its issuer: what is no key of ours may be one.
@inline(never)
private func keyOfMachine(
    _ shown: String,
    at now: Timestamp,
    _ snapshot: GatewaySnapshot,
    _ last: LastKey,
    _ transcript: Transcript
) throws(Refusal) -> CompiledKey {
    let text = Substring(shown).utf8
    let isToken = SignedToken.isLikely(text)
    guard let machines = snapshot.machines, isToken else {
        let looksLikeOurs = text.count > 40 && !isToken && text.contains(UInt8(ascii: "_"))
        let isBroken = looksLikeOurs && KeyText.id(in: text) == nil
        throw Refusal(
            .invalidKey,
            isBroken
                ? "This API key is not known; its checksum is wrong, so it was likely cut or mistyped."
                : "This API key is not known here."
        )
    }
    do throws(MachineAccess.Fault) {
        let hash = try transcript.loop.machineTokens.key(of: Array(text), hash: last.missed, by: machines, at: now)
        if let key = hash.flatMap({ snapshot.keys.find($0) }) { return key }
        throw .nobody(issuer: "")
    } catch {
        switch error {
        case .unknownKey(let issuer, _):
            transcript.loop.surroundings.missedIssuers.note(issuer)
            throw Refusal(.invalidKey, error.message)
        case .token: throw Refusal(.invalidKey, error.message)
        case .nobody, .blocked: throw Refusal(.forbidden, error.message)
        }
    }
}

/// The key that the last request of a connection showed, with its hash: most connections show one key all the time, and to
/// hash it anew is 2 700 of a request's 77 000 instructions.
///
/// Only the hash is remembered, not whose it is: each request looks it up in the snapshot it is served by, so that a key
/// that was revoked is refused at once.
struct LastKey {
    /// Longer ones are hashed each time.
    private static let longest = 256

    private var text: [UInt8] = []
    private var hash = SIMD4<UInt64>()
    /// The hash of what was shown last and is no key of ours.
    private(set) var missed = SIMD4<UInt64>()
    /// The snapshot whose pepper is in the hash.
    private var epoch: Int64?

    /// The key whose text this is, valid or not any more.
    mutating func find(_ shown: Span<UInt8>, in snapshot: GatewaySnapshot) -> CompiledKey? {
        if epoch == snapshot.epoch, isSame(shown) { return snapshot.keys.find(hash) }
        let hash = snapshot.keys.hash(of: shown)
        // What is no key of ours is not kept.
        guard let key = snapshot.keys.find(hash) else {
            missed = hash
            return nil
        }
        guard shown.count <= LastKey.longest else { return key }
        text = []
        text.reserveCapacity(shown.count)
        for index in shown.indices { text.append(shown[index]) }
        self.hash = hash
        epoch = snapshot.epoch
        return key
    }

    /// In a time that only depends on the length: connections of a proxy carry the keys of several callers.
    private func isSame(_ shown: Span<UInt8>) -> Bool {
        guard shown.count == text.count else { return false }
        var difference: UInt8 = 0
        for index in shown.indices { difference |= shown[index] ^ text[index] }
        return difference == 0
    }
}
