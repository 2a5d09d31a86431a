// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// How long answers of a version at a target may be, in tokens.
struct OutputCap: Sendable {
    /// The version sets it, whatever the caller says.
    private let set: Int64?
    /// The version sets it where the caller says nothing.
    private let standard: Int64?
    /// Of the model, where its card says it.
    private let model: Int64?

    private static let names = ["max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"]
    /// Where nobody says anything.
    static let declared: Int64 = 16_384

    init(_ settings: VersionSettings, _ card: ModelCard?) {
        set = OutputCap.value(in: settings.overrides)
        standard = OutputCap.value(in: settings.defaults)
        model = card?.contextWindow
    }

    private static func value(in members: [(name: String, json: [UInt8])]) -> Int64? {
        members.lazy.filter { names.contains($0.name) }.compactMap { Int64(String(decoding: $0.json, as: UTF8.self)) }
            .max()
    }

    /// - Parameter own: what the caller says.
    func tokens(_ own: Int64?) -> Int64 {
        if let set { return set }
        if let said = own ?? standard { return said }
        return model.map { min($0, OutputCap.declared) } ?? OutputCap.declared
    }
}

extension VersionSettings {
    /// What is added to a request at most, each byte of which may be a token.
    var addedBytes: Int64 {
        let parameters = (defaults + overrides).reduce(0) { $0 + $1.name.utf8.count + $1.json.count }
        return Int64(parameters + (systemPrompt?.text.utf8.count ?? 0))
    }
}
