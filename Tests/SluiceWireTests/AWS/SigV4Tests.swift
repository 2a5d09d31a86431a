// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import SluiceCore
import Testing

@testable import SluiceWire

@Suite("AWS Signature Version 4")
struct SigV4Tests {
    /// The credentials of the published test suite.
    private let signer = SigV4(
        AWSCredentials(
            accessKeyID: "AKIDEXAMPLE",
            secretAccessKey: Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        ),
        region: "us-east-1",
        service: "service"
    )
    private static let date = "20150830T123600Z"

    /// A request as the suite writes it: a line, fields (folded ones, too), an empty line, the body.
    private func authorization(_ raw: String) -> String {
        let halves = raw.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        var lines = halves[0].split(separator: "\n").map(String.init)
        let first = lines.removeFirst()
        let words = first.split(separator: " ")
        let target = words.dropFirst().dropLast().joined(separator: " ")
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var fields: [(name: String, value: String)] = []
        for line in lines {
            if line.hasPrefix(" "), let last = fields.indices.last {
                fields[last].value += "\n\(line)"
            } else {
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                fields.append((String(parts[0]), parts.count > 1 ? String(parts[1]) : ""))
            }
        }
        let request = SigV4.Request(
            method: String(words[0]),
            path: String(parts[0]),
            query: parts.count > 1 ? String(parts[1]) : "",
            fields: fields
        )
        let body = Array((halves.count > 1 ? String(halves[1]) : "").utf8)
        return signer.authorization(
            for: request,
            bodyHash: SigV4.hash(body.span.bytes),
            date: SigV4Tests.date
        )
    }

    @Test(
        "requests of the published suite have their signatures",
        arguments: [
            (
                "get-vanilla",
                "GET / HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
            ),
            (
                "get-vanilla-query-order-encoded",
                "GET /?Param-3=Value3&Param=Value2&%E1%88%B4=Value1 HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z\n",
                "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"
            ),
            (
                "get-vanilla-query-order-key-case",
                "GET /?Param2=value2&Param1=value1 HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
            ),
            (
                "get-vanilla-query-order-value",
                "GET /?Param1=value2&Param1=value1 HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z",
                "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"
            ),
            (
                "get-vanilla-utf8-query",
                "GET /?ሴ=bar HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z",
                "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"
            ),
            (
                "get-utf8",
                "GET /ሴ HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z",
                "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"
            ),
            (
                "get-header-key-duplicate",
                "GET / HTTP/1.1\nHost:example.amazonaws.com\nMy-Header1:value2\nMy-Header1:value2\nMy-Header1:value1\nX-Amz-Date:20150830T123600Z",
                "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"
            ),
            (
                "get-header-value-multiline",
                "GET / HTTP/1.1\nHost:example.amazonaws.com\nMy-Header1:value1\n  value2\n     value3\nX-Amz-Date:20150830T123600Z",
                "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd"
            ),
            (
                "get-header-value-trim",
                "GET / HTTP/1.1\nHost:example.amazonaws.com\nMy-Header1: value1\nMy-Header2: \"a   b   c\"\nX-Amz-Date:20150830T123600Z",
                "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"
            ),
            (
                "normalize-path/get-relative-relative",
                "GET /example1/example2/../.. HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
            ),
            (
                "normalize-path/get-slashes",
                "GET //example// HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z",
                "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"
            ),
            (
                "normalize-path/get-space",
                "GET /example space/ HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z",
                "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"
            ),
            (
                "normalize-path/get-slash-pointless-dot",
                "GET /./example HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z",
                "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"
            ),
            (
                "post-header-key-sort",
                "POST / HTTP/1.1\nHost:example.amazonaws.com\nMy-Header1:value1\nX-Amz-Date:20150830T123600Z",
                "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"
            ),
            (
                "post-sts-token/post-sts-header-before",
                "POST / HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z\nX-Amz-Security-Token:AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==",
                "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"
            ),
            (
                "post-sts-token/post-sts-header-after",
                "POST / HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
            ),
            (
                "post-vanilla-query",
                "POST /?Param1=value1 HTTP/1.1\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z",
                "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"
            ),
            (
                "post-x-www-form-urlencoded-parameters",
                "POST / HTTP/1.1\nContent-Type:application/x-www-form-urlencoded; charset=utf8\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z\n\nParam1=value1",
                "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"
            ),
        ]
    )
    func vectors(name: String, request: String, signature: String) {
        #expect(authorization(request).hasSuffix("Signature=\(signature)"), "\(name)")
    }

    /// `SIGV4_SUITE` is the folder of the whole suite, as sources of AWS's libraries carry it.
    @Test("the whole suite passes", .enabled(if: ProcessInfo.processInfo.environment["SIGV4_SUITE"] != nil))
    func suite() throws {
        let folder = try #require(ProcessInfo.processInfo.environment["SIGV4_SUITE"])
        var count = 0
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder) where path.hasSuffix(".req") {
            let request = try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8)
            let wanted = try String(contentsOfFile: "\(folder)/\(path.dropLast(4)).authz", encoding: .utf8)
            let canonical = try String(contentsOfFile: "\(folder)/\(path.dropLast(4)).creq", encoding: .utf8)
            // Where the token is signed, it is the signer's to add.
            let token = canonical.split(separator: "\n").first { $0.hasPrefix("x-amz-security-token:") }
            let signed = token.map {
                request.lowercased().contains("x-amz-security-token:") ? request : "\(request)\n\($0)"
            }
            let same = authorization(signed ?? request) == wanted.filter { $0 != "\n" && $0 != "\r\n" }
            #expect(same, "\(path)")
            count += 1
        }
        #expect(count >= 26)
    }

    @Test(
        "the lines of a request hold date, token and signature; the token is signed, and another body has another signature"
    )
    func lines() throws {
        let credentials = AWSCredentials(
            accessKeyID: "AKIDEXAMPLE",
            secretAccessKey: Secret("secret"),
            sessionToken: Secret("token/+=")
        )
        let signer = SigV4(credentials, region: "eu-west-1", service: "bedrock")
        let now = try #require(Timestamp("2026-11-30T12:00:00Z"))
        let fields = [(name: "host", value: "h"), (name: "content-type", value: "application/json")]
        let request = SigV4.Request(method: "POST", path: "/model/a%3A0/invoke", fields: fields)
        func lines(_ body: String) -> String {
            let body = Array(body.utf8)
            return signer.lines(for: request, body: body.span.bytes, at: now)
        }
        let all = lines("{}").split(separator: "\r\n").map(String.init)
        #expect(all.count == 3)
        #expect(all[0] == "x-amz-date: 20261130T120000Z")
        #expect(all[1] == "x-amz-security-token: token/+=")
        #expect(
            all[2].hasPrefix(
                "authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261130/eu-west-1/bedrock/aws4_request,"
                    + " SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature="
            )
        )
        #expect(lines("{}") == lines("{}") && lines("{}") != lines("{ }"))
        // An escape in the path is escaped once more.
        #expect(SigV4.canonical(request, bodyHash: "").text.hasPrefix("POST\n/model/a%253A0/invoke\n\n"))
    }
}
