// SPDX-License-Identifier: Apache-2.0
import Crypto
import SluiceTestKit
import Testing

/// A receiver's side of a signed webhook, as docs/alerts.md describes it.
enum WebhookCheck {
    static func header(_ body: [UInt8], key: String, at seconds: Int64) -> String {
        var code = HMAC<SHA256>(key: SymmetricKey(data: Array(key.utf8)))
        code.update(data: Array("\(seconds).".utf8))
        code.update(data: body)
        return "t=\(seconds),v1=" + code.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Whether a request carries a signature of its body under the key; answers the time it names.
    static func time(of request: RawRequest, key: String) -> Int64? {
        guard let given = request["x-sluice-signature"], given.hasPrefix("t="),
            let seconds = given.dropFirst(2).split(separator: ",").first.flatMap({ Int64($0) }),
            given == header(request.body, key: key, at: seconds)
        else { return nil }
        return seconds
    }
}
