// SPDX-License-Identifier: Apache-2.0

import Crypto
import SluiceControl
import SluiceCore

/// The cookies of this plane, and what a browser must say of a call that shows one.
struct SessionCookie: Sendable {
    /// Where browsers reach this plane: its only own origin.
    let origin: String
    private let isSecure: Bool

    init(_ rules: SignInRules) {
        origin = rules.publicURL
        isSecure = rules.isSecure
    }

    /// With `__Host-` no other host, and nobody on the way, can set a cookie of this name.
    var session: String { isSecure ? "__Host-sluice_session" : "sluice_session" }
    var ticket: String { isSecure ? "__Host-sluice_sign_in" : "sluice_sign_in" }

    func set(_ name: String, _ value: String, seconds: Int64) -> String {
        "\(name)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
    }

    func clear(_ name: String) -> String { set(name, "", seconds: 0) }

    /// Whether a call that shows a session's cookie was made by a page of this plane: only for those that change nothing
    /// it does not matter.
    ///
    /// - Parameter fields: the first field of a name in lower case.
    func isOwn(_ method: String, session: String, _ fields: (String) -> String?) -> Bool {
        if method == "GET" || method == "HEAD" { return true }
        let (site, from, shown) = (fields("sec-fetch-site"), fields("origin"), fields("x-sluice-csrf"))
        if let site, site != "same-origin" { return false }
        if let from, from.lowercased() != origin.lowercased() { return false }
        if let shown { return SessionCookie.isSame(shown, SessionCookie.proof(of: session)) }
        return site != nil || from != nil
    }

    /// What a page of this plane can know of a session, and no other page: nothing leads back from it.
    static func proof(of session: String) -> String {
        Base64URL.text(SHA256.hash(data: Array("sluice.csrf:\(session)".utf8)))
    }

    private static func isSame(_ first: String, _ second: String) -> Bool {
        let (first, second) = (Array(first.utf8), Array(second.utf8))
        guard first.count == second.count else { return false }
        return zip(first, second).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// The cookies of a request by their names; the first of equal names.
    static func read(_ fields: some Sequence<String>) -> [String: String] {
        var cookies: [String: String] = [:]
        for field in fields {
            for pair in field.split(separator: ";").prefix(64) {
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard sides.count == 2 else { continue }
                let name = String(String(sides[0]).withoutBlanks)
                if cookies[name] == nil { cookies[name] = String(String(sides[1]).withoutBlanks) }
            }
        }
        return cookies
    }
}
