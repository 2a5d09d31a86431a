// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Who calls.
struct Caller {
    let key: CompiledKey
}

/// Finds the caller's key; its text is in no message.
func authenticate(
    _ call: Call,
    _ snapshot: GatewaySnapshot,
    _ transcript: Transcript
) throws(Refusal) -> Caller {
    guard !call.headers.hasTwoKeys else {
        throw Refusal(
            .badRequest,
            "Two different API keys, or Authorization twice: send one key, in one header.",
            param: "authorization"
        )
    }
    let inQuery = call.endpoint.recorded.dialect == .gemini ? call.headers.keyInQuery : nil
    guard let credential = call.headers.fields.credential ?? inQuery else {
        throw Refusal(
            .missingKey,
            "No API key: send it as `Authorization: Bearer KEY` (or in x-api-key, api-key or x-goog-api-key)."
        )
    }
    guard let key = call.headers.with(credential, { snapshot.keys.find($0) }) else {
        let text = Substring(call.headers.text(credential)).utf8
        let looksLikeOurs = text.count > 40 && text.contains(UInt8(ascii: "_"))
        let isBroken = looksLikeOurs && KeyText.id(in: text) == nil
        throw Refusal(
            .invalidKey,
            isBroken
                ? "This API key is not known; its checksum is wrong, so it was likely cut or mistyped."
                : "This API key is not known here."
        )
    }
    transcript.outcome.key = key.id
    guard key.isValid(at: call.receivedAt) else {
        throw Refusal(.invalidKey, "This API key was revoked or has expired; ask for a new one.")
    }
    return Caller(key: key)
}
