// SPDX-License-Identifier: Apache-2.0

package import SluiceCore

/// What an issuer says of itself (OpenID Connect Discovery), as far as it is used.
struct IssuerMetadata: Sendable, Equatable {
    var issuer: String
    var authorizationURL: String?
    var tokenURL: String?
    var keysURL: String
    var deviceURL: String?
    /// The client's secret stands in the head of a request; else in its body.
    var takesBasic: Bool
    /// It names itself when it sends a browser back (RFC 9207).
    var namesItself: Bool

    static let longest = 256 << 10

    /// Where they are published.
    static func url(of issuer: String) -> String {
        "\(issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer)/.well-known/openid-configuration"
    }

    /// Reads them; the issuer that they name must be the one that was asked.
    init(parsing bytes: [UInt8], of issuer: String) throws(IssuerFault) {
        guard bytes.count <= IssuerMetadata.longest,
            let json = try? JSONValue(parsing: bytes, limits: JSONLimits(depth: 16, members: 4_000)),
            let object = json.object
        else { throw IssuerFault("its metadata are no JSON object") }
        guard object["issuer"]?.string?.utf8.elementsEqual(issuer.utf8) == true else {
            throw IssuerFault("its metadata are of another issuer; write auth's issuer exactly as they do")
        }
        self.issuer = issuer
        func url(_ name: String) throws(IssuerFault) -> String? {
            guard let value = object[name] else { return nil }
            guard let text = value.string, IssuerURL.isSafe(text, beside: issuer) else {
                throw IssuerFault("its \(name) is no URL that may be used: https:// is needed")
            }
            return text
        }
        authorizationURL = try url("authorization_endpoint")
        tokenURL = try url("token_endpoint")
        deviceURL = try url("device_authorization_endpoint")
        guard let keys = try url("jwks_uri") else { throw IssuerFault("its metadata have no jwks_uri") }
        keysURL = keys
        let methods = object["token_endpoint_auth_methods_supported"]?.array?.compactMap(\.string)
        takesBasic = methods?.contains("client_secret_basic") ?? true
        namesItself = object["authorization_response_iss_parameter_supported"]?.bool ?? false
    }
}

/// Addresses that an issuer may be asked at.
package enum IssuerURL {
    /// Whether it is `https://`, or on this machine and so is the issuer; without a user, a fragment or odd characters.
    package static func isSafe(_ text: String, beside issuer: String? = nil) -> Bool {
        guard (1...2_048).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0.isVisibleASCII && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "#") }),
            let host = host(of: text), !host.isEmpty, !host.contains("@")
        else { return false }
        if text.hasPrefix("https://") { return true }
        guard text.hasPrefix("http://"), HostReach(of: name(host)) == .loopback else { return false }
        return issuer.map { isSafe($0) && $0.hasPrefix("http://") } ?? true
    }

    private static func host(of text: String) -> String? {
        let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[1].isEmpty else { return nil }
        return String(parts[2].prefix { $0 != "?" })
    }

    private static func name(_ host: String) -> String {
        if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
        return String(host.prefix { $0 != ":" })
    }
}

/// Why an issuer could not be asked; without anything secret.
package struct IssuerFault: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}

/// What an issuer is asked.
package struct IssuerRequest: Sendable {
    package var url: String
    /// Sent by POST; without it the request is a GET.
    package var form: [(name: String, value: String)]?
    /// The client and its secret, for the head.
    package var basic: (user: String, password: Secret<String>)?

    package init(
        url: String,
        form: [(name: String, value: String)]? = nil,
        basic: (user: String, password: Secret<String>)? = nil
    ) {
        self.url = url
        self.form = form
        self.basic = basic
    }
}

/// How issuers are reached: the control plane knows no HTTP.
package struct IssuerPort: Sendable {
    package typealias Answer = (status: Int, body: [UInt8])

    package var send: @Sendable (IssuerRequest) async throws(IssuerFault) -> Answer

    package init(send: @escaping @Sendable (IssuerRequest) async throws(IssuerFault) -> Answer) { self.send = send }

    func get(_ url: String) async throws(IssuerFault) -> [UInt8] {
        let answer = try await send(IssuerRequest(url: url))
        guard answer.status == 200 else { throw IssuerFault("it answers \(answer.status)") }
        return answer.body
    }

    func metadata(of issuer: String) async throws(IssuerFault) -> IssuerMetadata {
        try IssuerMetadata(parsing: try await get(IssuerMetadata.url(of: issuer)), of: issuer)
    }

    func keys(at url: String) async throws(IssuerFault) -> KeySet {
        guard let keys = KeySet(parsing: try await get(url)) else { throw IssuerFault("its keys cannot be read") }
        guard !keys.keys.isEmpty else { throw IssuerFault("it has no key that is taken here") }
        return keys
    }
}
