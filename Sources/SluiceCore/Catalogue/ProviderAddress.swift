// SPDX-License-Identifier: Apache-2.0

/// A provider's base URL in parts: scheme, host, port and path prefix.
package struct ProviderAddress: Sendable, Hashable, CustomStringConvertible {
    package let isTLS: Bool
    package let host: String
    package let port: Int
    /// What stands before the endpoint's path, without a trailing slash: `/v1`, or empty.
    package let pathPrefix: String

    /// Reads `https://host[:port][/prefix]`, or `http://` where the host is on this machine or in a private network.
    ///
    /// - Parameter plaintext: takes `http://` also to a name that may be anywhere; never to a public address.
    package init(validating text: String, plaintext: Bool = false) throws(ProviderAddressError) {
        let rest: Substring
        if text.hasPrefix("https://") {
            isTLS = true
            rest = text.dropFirst(8)
        } else if text.hasPrefix("http://") {
            isTLS = false
            rest = text.dropFirst(7)
        } else {
            throw .scheme
        }
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@") else { throw .credentials }
        var path = rest.dropFirst(authority.count)
        while path.hasSuffix("/") { path = path.dropLast() }
        guard path.utf8.allSatisfy({ $0.isVisibleASCII && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }) else {
            throw .path
        }
        pathPrefix = String(path)
        (host, port) = try ProviderAddress.split(authority, defaultPort: isTLS ? 443 : 80)
        guard !isTLS else { return }
        switch HostReach(of: host) {
        case .loopback, .privateNetwork: break
        case .anywhere: guard plaintext else { throw .plaintext }
        case .publicAddress: throw .plaintext
        }
    }

    /// Where the host is, as far as its name tells.
    package var reach: HostReach { HostReach(of: host) }

    package var description: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(isTLS ? "https" : "http")://\(name):\(port)\(pathPrefix)"
    }

    /// The value of the `Host` header: the port stands there only where it is not the scheme's own.
    package var hostHeader: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isTLS ? 443 : 80) ? name : "\(name):\(port)"
    }

    private static func split(
        _ authority: Substring,
        defaultPort: Int
    ) throws(ProviderAddressError) -> (String, Int) {
        var host = authority
        var portText: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw .host }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let tail = authority[authority.index(after: end)...]
            if tail.hasPrefix(":") { portText = tail.dropFirst() } else if !tail.isEmpty { throw .host }
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            portText = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0.isVisibleASCII && $0 != UInt8(ascii: "@") }) else { throw .host }
        guard let portText else { return (String(host), defaultPort) }
        guard let port = Int(portText), (1...65_535).contains(port) else { throw .port }
        return (String(host), port)
    }

}

/// Why a base URL is refused.
package enum ProviderAddressError: Error, Sendable, CustomStringConvertible {
    case scheme, host, port, path, plaintext, credentials

    package var description: String {
        switch self {
        case .scheme: "a base URL starts with https:// (or http:// in a private network)"
        case .host: "the base URL has no valid host name"
        case .port: "the port of the base URL is not a number from 1 to 65535"
        case .path: "the path of the base URL holds a space, '?', '#' or a character outside ASCII"
        case .plaintext:
            "http:// is taken to private networks only: prompts and key would be readable on the way. Use https://; for a "
                + "name that leads to a private network add plaintext: true"
        case .credentials:
            "the base URL holds a user name or a password; take them out, and put the provider's key into api_key"
        }
    }
}
