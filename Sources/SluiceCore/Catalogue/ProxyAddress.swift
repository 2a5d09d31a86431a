// SPDX-License-Identifier: Apache-2.0

/// An HTTP proxy that connections to a provider go through, by `CONNECT`.
package struct ProxyAddress: Sendable, Equatable, CustomStringConvertible {
    package let host: String
    package let port: Int
    /// `user:password`, decoded.
    package let credentials: Secret<String>?

    /// Reads `http://[user:password@]host[:port]`, also without `http://`; the port is 80 where none is given.
    package init(validating text: String) throws(ProxyAddressError) {
        var rest = text[...]
        if let mark = text.firstRange(of: "://") {
            guard text[..<mark.lowerBound].lowercased() == "http" else { throw .scheme }
            rest = text[mark.upperBound...]
        }
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        guard !rest.contains("/"), !rest.contains("?"), !rest.contains("#") else { throw .path }
        if let mark = rest.lastIndex(of: "@") {
            guard let decoded = ProxyAddress.decoded(rest[..<mark]), decoded.contains(":") else { throw .credentials }
            credentials = Secret(decoded)
            rest = rest[rest.index(after: mark)...]
        } else {
            credentials = nil
        }
        var name = rest
        var digits: Substring?
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { throw .host }
            name = rest[rest.index(after: rest.startIndex)..<end]
            let tail = rest[rest.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { throw .host }
            digits = tail.isEmpty ? nil : tail.dropFirst()
        } else if let colon = rest.firstIndex(of: ":") {
            name = rest[..<colon]
            digits = rest[rest.index(after: colon)...]
        }
        guard !name.isEmpty, name.utf8.allSatisfy({ $0.isVisibleASCII }) else { throw .host }
        let port = digits.map { Int($0) ?? 0 } ?? 80
        guard (1...65_535).contains(port) else { throw .host }
        host = String(name)
        self.port = port
    }

    /// Without the credentials.
    package var description: String { host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)" }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
        }
        guard !bytes.contains(where: { $0 < UInt8(ascii: " ") || $0 == 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// Why a proxy is refused.
package enum ProxyAddressError: Error, Sendable, CustomStringConvertible {
    case scheme, host, path, credentials

    package var description: String {
        switch self {
        case .scheme: "a proxy is spoken to by http://host:port; https:// and socks are not supported"
        case .host: "the proxy is not http://host:port"
        case .path: "the proxy's address has a path; http://host:port is asked for"
        case .credentials: "the proxy's credentials are not user:password, with %-codes where they need them"
        }
    }
}
