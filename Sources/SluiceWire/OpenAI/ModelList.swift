// SPDX-License-Identifier: Apache-2.0
import SluiceCore

// The answers of `GET /v1/models` and `GET /v1/models/{id}`.
extension OpenAI {
    /// `{"object":"list","data":[…]}`.
    static func modelList(_ models: [CallerVoice.Model]) -> [UInt8] {
        var bytes = Array(#"{"object":"list","data":["#.utf8)
        for (index, model) in models.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: modelJSON(model))
        }
        bytes.append(contentsOf: "]}".utf8)
        return bytes
    }

    /// `{"id":…,"object":"model","created":…,"owned_by":…}`.
    static func modelJSON(_ model: CallerVoice.Model) -> [UInt8] {
        var bytes = Array(#"{"id":"#.utf8)
        JSONString.append(model.id, to: &bytes)
        bytes.append(contentsOf: #","object":"model","created":"#.utf8)
        bytes.append(contentsOf: String(model.createdAt.nanoseconds / 1_000_000_000).utf8)
        bytes.append(contentsOf: #","owned_by":"#.utf8)
        JSONString.append(model.ownedBy, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}
