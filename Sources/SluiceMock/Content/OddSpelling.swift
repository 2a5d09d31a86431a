// SPDX-License-Identifier: Apache-2.0

/// Answers that mean the same in a spelling no serialiser writes: what is not forwarded byte for byte shows.
enum OddSpelling {
    /// Members a client has never heard of, with numbers no 64-bit type holds.
    static let members =
        "\"x_unknown\" : {\"huge\":1e400, \"big\":123456789012345678901234567890, \"spelled\":0.10, \"exp\":1E+2,"
        + " \"neg\":-0.0, \"esc\":\"\\u00e9\\/\\ud83d\\ude00\", \"again\":1, \"again\":2, \"z\":[ ], \"a\":{ }}"

    static func whole(_ body: String) -> String { "\r\n { \(members) ,\t\(body.dropFirst()) \n" }

    /// A comment, an event's own name, CRLF line ends, no space after the colon, and the members above.
    static func event(_ text: String) -> String {
        // A name before the data goes on with line ends of another kind.
        guard let start = text.firstRange(of: "data: {"), text.hasPrefix("data: {") || text.hasPrefix("event: ") else {
            return text
        }
        let json = text[start.upperBound...].dropLast(2)
        let name = text[..<start.lowerBound].replacing("\n", with: "\r\n")
        return ": odd\r\nid: 7\r\n\(name)data:{\(members) , \(json)\r\n\r\n"
    }

    /// The body without its `usage` member, which Gemini calls `usageMetadata`.
    static func withoutUsage(_ body: String) -> String {
        without(",\"usageMetadata\":{", without(",\"usage\":{", body))
    }

    private static func without(_ member: String, _ body: String) -> String {
        let bytes = Array(body.utf8)
        let name = Array(member.utf8)
        guard bytes.count > name.count,
            let start = (0...(bytes.count - name.count)).last(where: { bytes[$0...].starts(with: name) })
        else { return body }
        var depth = 0
        for index in (start + name.count - 1)..<bytes.count {
            if bytes[index] == 0x7B { depth += 1 }
            if bytes[index] == 0x7D { depth -= 1 }
            guard depth == 0 else { continue }
            return String(decoding: bytes[..<start] + bytes[(index + 1)...], as: UTF8.self)
        }
        return body
    }
}
