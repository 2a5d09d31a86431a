// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// Vertex AI's paths for Gemini's and Anthropic's models.
enum Vertex {
    /// What Vertex calls the version of the Messages API that it has.
    static let messagesVersion = "vertex-2023-10-16"

    /// Below ``prefix(of:at:)``.
    static func path(of operation: Operation, model: String, isStream: Bool, _ publisher: Publisher) -> String? {
        let name = PathText.encoded(model, besides: [UInt8(ascii: "@")])
        let start = "/publishers/\(publisher.rawValue)/models/"
        switch (publisher, operation) {
        case (.google, .chat):
            return "\(start)\(name):\(isStream ? "streamGenerateContent?alt=sse" : "generateContent")"
        case (.google, .countTokens): return "\(start)\(name):countTokens"
        case (.anthropic, .chat): return "\(start)\(name):\(isStream ? "streamRawPredict" : "rawPredict")"
        // The model to count for stands in the body.
        case (.anthropic, .countTokens): return "\(start)count-tokens:rawPredict"
        default: return nil
        }
    }

    enum Publisher: String { case google, anthropic }

    /// Paths of a project at a location; an own path of the provider stands before.
    static func prefix(of own: String, at host: VertexHost) -> String {
        "\(own)/v1/projects/\(host.project)/locations/\(host.location)"
    }

    /// An error of the platform's in Anthropic's form; `nil` where it is in that already.
    static func error(_ body: RawSpan, status: Int, requestID: String?) -> [UInt8]? {
        let item = JSONItem(checking: body.copy(0..<body.byteCount))
        if item?["type"]?.string == "error" { return nil }
        let inner = item?["error"]
        let message = inner?["message"]?.string ?? item?["message"]?.string
        return Bedrock.error(
            Bedrock.errorType(ofStatus: status),
            message ?? "The provider answered with status \(status).",
            requestID: requestID
        )
    }
}
