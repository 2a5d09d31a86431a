// SPDX-License-Identifier: Apache-2.0

/// An HTTP answer as bytes, taken apart for a test's expectations.
package struct RawAnswer: Sendable {
    package let bytes: [UInt8]
    package let status: Int
    /// Names in lower case, in order.
    package let headers: [(name: String, value: String)]
    /// The body without chunk framing, as far as it came.
    package let body: [UInt8]
    /// All of it came, by its own framing.
    package let isWhole: Bool

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        guard let end = RawAnswer.headEnd(bytes) else {
            (status, headers, body, isWhole) = (0, [], [], false)
            return
        }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
        var headers: [(name: String, value: String)] = []
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            headers.append((parts[0].lowercased(), String(parts[1].drop { $0 == " " })))
        }
        self.headers = headers
        let rest = Array(bytes[(end + 4)...])
        if headers.contains(where: { $0.name == "transfer-encoding" && $0.value == "chunked" }) {
            (body, isWhole) = RawAnswer.unchunk(rest)
        } else if let length = headers.first(where: { $0.name == "content-length" }).flatMap({ Int($0.value) }) {
            (body, isWhole) = (Array(rest.prefix(length)), rest.count >= length)
        } else {
            (body, isWhole) = (rest, status == 204 || status == 304)
        }
    }

    package subscript(name: String) -> String? { headers.first { $0.name == name }?.value }

    package var text: String { String(decoding: body, as: UTF8.self) }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { index in
            bytes[index] == 13 && bytes[index + 1] == 10 && bytes[index + 2] == 13 && bytes[index + 3] == 10
        }
    }

    private static func unchunk(_ bytes: [UInt8]) -> ([UInt8], Bool) {
        var body: [UInt8] = []
        var rest = bytes[...]
        while let feed = rest.firstIndex(of: 10) {
            let digits = rest[rest.startIndex..<feed].filter { $0 != 13 }
            guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16) else { return (body, false) }
            rest = rest[(feed + 1)...]
            if size == 0 { return (body, rest.elementsEqual([13, 10]) || rest.starts(with: [13, 10])) }
            body += rest.prefix(size)
            guard rest.count >= size + 2 else { return (body, false) }
            rest = rest.dropFirst(size + 2)
        }
        return (body, false)
    }
}
