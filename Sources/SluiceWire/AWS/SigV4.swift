// SPDX-License-Identifier: Apache-2.0
import Crypto
import SluiceBytes
package import SluiceCore

/// AWS Signature Version 4, as a header field (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
///
/// Pure: time is given, and nothing is kept. A signature costs a hash of the body and six of a few hundred bytes.
package struct SigV4: Sendable {
    private let credentials: AWSCredentials
    private let region: String
    private let service: String

    package init(_ credentials: AWSCredentials, region: String, service: String) {
        self.credentials = credentials
        self.region = region
        self.service = service
    }

    /// A request to be signed.
    package struct Request: Sendable {
        package var method: String
        /// As it is sent, escapes included.
        package var path: String
        /// Behind the question mark, as it is sent.
        package var query: String
        /// Fields that are signed; the values of one name in their order.
        package var fields: [(name: String, value: String)]

        package init(method: String, path: String, query: String = "", fields: [(name: String, value: String)]) {
            self.method = method
            self.path = path
            self.query = query
            self.fields = fields
        }
    }

    /// The fields that sign a request, each with its line end: date, token where there is one, signature.
    package func lines(for request: Request, body: RawSpan, at now: Timestamp) -> String {
        let date = SigV4.date(now)
        var signed = request
        signed.fields.append(("x-amz-date", date))
        if let token = credentials.sessionToken { signed.fields.append(("x-amz-security-token", token.exposed)) }
        let authorization = authorization(for: signed, bodyHash: SigV4.hash(body), date: date)
        let token = credentials.sessionToken.map { "x-amz-security-token: \($0.exposed)\r\n" } ?? ""
        return "x-amz-date: \(date)\r\n\(token)authorization: \(authorization)\r\n"
    }

    /// The value of `authorization`; the date is among the request's fields, too.
    func authorization(for request: Request, bodyHash: String, date: String) -> String {
        let (canonical, names) = SigV4.canonical(request, bodyHash: bodyHash)
        let day = String(date.prefix(8))
        let scope = "\(day)/\(region)/\(service)/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(date)\n\(scope)\n\(SigV4.hex(SHA256.hash(data: Array(canonical.utf8))))"
        var key = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey.exposed)".utf8))
        for part in [day, region, service, "aws4_request"] { key = SymmetricKey(data: SigV4.code(part, key)) }
        return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names),"
            + " Signature=\(SigV4.hex(SigV4.code(text, key)))"
    }

    private static func code(_ text: String, _ key: SymmetricKey) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
    }

    /// The hash of a body, in hex.
    static func hash(_ body: RawSpan) -> String {
        var hash = SHA256()
        // Safe because: the hash only reads within the buffer.
        unsafe body.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
        return hex(hash.finalize())
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `20150830T123600Z`.
    static func date(_ now: Timestamp) -> String {
        let text = now.description.utf8.prefix(19).filter { $0 != .minus && $0 != .colon }
        return String(decoding: text, as: UTF8.self) + "Z"
    }
}

// MARK: the canonical form

extension SigV4 {
    /// The text that is signed, and the names of the fields in it.
    static func canonical(_ request: Request, bodyHash: String) -> (text: String, names: String) {
        var values: [String: [String]] = [:]
        for (name, value) in request.fields { values[name.lowercased(), default: []].append(trimmed(value)) }
        let names = values.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let fields = names.map { "\($0):\((values[$0] ?? []).joined(separator: ","))\n" }.joined()
        let list = names.joined(separator: ";")
        let text =
            "\(request.method)\n\(path(request.path))\n\(query(request.query))\n\(fields)\n\(list)\n\(bodyHash)"
        return (text, list)
    }

    /// Without white space around it, and with one space for each run inside.
    private static func trimmed(_ value: String) -> String {
        value.split { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r\n" }.joined(separator: " ")
    }

    /// Without empty and dotted parts, each part escaped once more.
    private static func path(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") {
            switch part {
            case ".": break
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        let isFolder = path.hasSuffix("/") || path.hasSuffix("/.") || path.hasSuffix("/..")
        let joined = "/" + parts.joined(separator: "/") + (isFolder && !parts.isEmpty ? "/" : "")
        return PathText.encoded(joined, besides: [UInt8(ascii: "/")])
    }

    /// Members by name, then by value; escapes stay as they are.
    private static func query(_ query: String) -> String {
        query.split(separator: "&").map { member -> (name: String, value: String) in
            let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (escaped(parts.first ?? ""), parts.count == 2 ? escaped(parts[1]) : "")
        }
        .sorted { left, right in
            left.name == right.name
                ? left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
                : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
        .map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    private static func escaped(_ text: Substring) -> String {
        PathText.encoded(String(text), besides: [UInt8(ascii: "%")])
    }
}
