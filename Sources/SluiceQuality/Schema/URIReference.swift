// SPDX-License-Identifier: Apache-2.0

/// A URI or a part of one, as RFC 3986 §5 resolves it.
struct URIReference: Sendable {
    var scheme: String?
    var authority: String?
    var path: String
    var query: String?
    var fragment: String?

    init(_ text: String) {
        var rest = text[...]
        if let hash = rest.firstIndex(of: "#") {
            fragment = String(rest[rest.index(after: hash)...])
            rest = rest[..<hash]
        }
        if let mark = rest.firstIndex(of: "?") {
            query = String(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        }
        if let colon = rest.firstIndex(of: ":"), let first = rest.first, first.isLetter,
            !rest[..<colon].contains("/")
        {
            scheme = rest[..<colon].lowercased()
            rest = rest[rest.index(after: colon)...]
        }
        if rest.hasPrefix("//") {
            let behind = rest.dropFirst(2)
            let slash = behind.firstIndex(of: "/") ?? behind.endIndex
            authority = String(behind[..<slash])
            rest = behind[slash...]
        }
        path = String(rest)
    }

    func resolved(against base: URIReference) -> URIReference {
        var result = self
        if scheme == nil {
            result.scheme = base.scheme
            if authority == nil {
                result.authority = base.authority
                if path.isEmpty {
                    result.path = base.path
                    if query == nil { result.query = base.query }
                } else if !path.hasPrefix("/") {
                    let folder = base.path.lastIndex(of: "/").map { base.path[...$0] }
                    let isRoot = base.authority != nil && base.path.isEmpty
                    result.path = (folder.map(String.init) ?? (isRoot ? "/" : "")) + path
                }
            }
        }
        if !path.isEmpty { result.path = URIReference.withoutDots(result.path) }
        return result
    }

    private static func withoutDots(_ path: String) -> String {
        guard path.contains("/") else { return path }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        var kept: [Substring] = []
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment {
            case ".": if isLast { kept.append("") }
            case "..":
                if kept.count > 1 { kept.removeLast() }
                if isLast { kept.append("") }
            default: kept.append(segment)
            }
        }
        return kept.joined(separator: "/")
    }

    /// Without the fragment.
    var document: String {
        var text = scheme.map { $0 + ":" } ?? ""
        if let authority { text += "//" + authority }
        text += path
        if let query { text += "?" + query }
        return text
    }

    /// The fragment with `%25` read as `%`.
    var plainFragment: [UInt8] {
        var bytes: [UInt8] = []
        let text = Array((fragment ?? "").utf8)
        var position = 0
        while position < text.count {
            if text[position] == UInt8(ascii: "%"), position + 2 < text.count,
                let high = Character(Unicode.Scalar(text[position + 1])).hexDigitValue,
                let low = Character(Unicode.Scalar(text[position + 2])).hexDigitValue
            {
                bytes.append(UInt8(high << 4 | low))
                position += 3
            } else {
                bytes.append(text[position])
                position += 1
            }
        }
        return bytes
    }
}

/// The steps of a JSON pointer.
enum JSONPointer {
    static func tokens(_ pointer: [UInt8]) -> [[UInt8]] {
        pointer.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst().map { part in
            var token: [UInt8] = []
            var isEscaped = false
            for byte in part {
                if isEscaped {
                    token.append(byte == UInt8(ascii: "1") ? UInt8(ascii: "/") : UInt8(ascii: "~"))
                    isEscaped = false
                } else if byte == UInt8(ascii: "~") {
                    isEscaped = true
                } else {
                    token.append(byte)
                }
            }
            return token
        }
    }

    static func appended(_ pointer: [UInt8], _ token: [UInt8]) -> [UInt8] {
        var result = pointer + [UInt8(ascii: "/")]
        for byte in token {
            switch byte {
            case UInt8(ascii: "~"): result += Array("~0".utf8)
            case UInt8(ascii: "/"): result += Array("~1".utf8)
            default: result.append(byte)
            }
        }
        return result
    }

    static func value(at tokens: [[UInt8]], in value: ExactJSON) -> ExactJSON? {
        var value = value
        for token in tokens {
            switch value {
            case .object(let object):
                guard let member = object[token] else { return nil }
                value = member
            case .array(let array):
                guard let index = Int(String(decoding: token, as: UTF8.self)), array.indices.contains(index) else {
                    return nil
                }
                value = array[index]
            default: return nil
            }
        }
        return value
    }
}
