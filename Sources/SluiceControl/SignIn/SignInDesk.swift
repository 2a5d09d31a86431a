// SPDX-License-Identifier: Apache-2.0

import Crypto
package import SluiceCore

/// Signs persons in by an issuer of identities: OpenID Connect's code flow with PKCE, and the flow for devices (RFC 8628).
///
/// Keeps nothing of a sign-in under way but that its state was used; what a token must be is decided in ``TokenRules`` and
/// ``SignInRules``.
package actor SignInDesk {
    package nonisolated let rules: SignInRules
    private let control: ControlPlane
    private let port: IssuerPort
    private let ticketKey: SymmetricKey
    private let now: @Sendable () -> Timestamp
    private var random: any RandomNumberGenerator & Sendable
    private var metadata: (value: IssuerMetadata, readAt: Timestamp)?
    private var keys: (value: KeySet, readAt: Timestamp)?
    /// States that came back, until they would have ended anyway.
    private var used: [String: Timestamp] = [:]
    /// Questions that the issuer has not answered yet.
    private var underway = 0
    /// When devices began lately.
    private var begun: [Timestamp] = []

    /// How long somebody may take at the issuer.
    static let patience: Duration = .seconds(600)
    /// How long metadata and keys are taken as they were read.
    private static let freshness: Duration = .seconds(3_600)
    /// An issuer's keys are not read more often because of a key that is not known.
    private static let pause: Duration = .seconds(60)
    private static let mostUsed = 10_000
    /// Devices that begin in a minute: each has the issuer asked.
    private static let mostBegun = 60
    /// Whoever begins can have the issuer asked: more at once are not kept waiting.
    static let mostUnderway = 64

    package init(
        rules: SignInRules,
        control: ControlPlane,
        port: IssuerPort,
        pepper: Secret<[UInt8]>,
        now: @escaping @Sendable () -> Timestamp,
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.rules = rules
        self.control = control
        self.port = port
        ticketKey = SignInTicket.key(pepper)
        self.now = now
        self.random = random
    }

    // MARK: in a browser

    /// Where a browser goes to sign in, and what it must bring back.
    package struct Departure: Sendable {
        package var url: String
        package var ticket: String
    }

    /// Begins a sign-in of a browser.
    ///
    /// - Parameter path: where it goes afterwards, on this plane.
    package func begin(returningTo path: String) async throws(SignInFault) -> Departure {
        guard SignInRules.isOwnPath(path) else {
            throw SignInFault(.failed, "return_to must be a path of this server, such as /rollouts.")
        }
        let metadata = try await issuer()
        guard let url = metadata.authorizationURL, metadata.tokenURL != nil else {
            throw SignInFault(.issuer, "The issuer has no authorization_endpoint and token_endpoint.")
        }
        let ticket = SignInTicket(
            purpose: .browser,
            code: text(),
            nonce: text(),
            verifier: text(),
            returnTo: path,
            issuer: rules.issuer,
            end: now().advanced(by: SignInDesk.patience)
        )
        guard let sealed = ticket.sealed(ticketKey) else {
            throw SignInFault(.failed, "The sign-in could not be begun.")
        }
        let query = FormText.of([
            ("response_type", "code"), ("client_id", rules.clientID), ("redirect_uri", rules.redirectURL),
            ("scope", rules.scopes.joined(separator: " ")), ("state", ticket.code), ("nonce", ticket.nonce),
            ("code_challenge", SignInTicket.challenge(ticket.verifier)), ("code_challenge_method", "S256"),
        ])
        return Departure(url: url + (url.contains("?") ? "&" : "?") + query, ticket: sealed)
    }

    /// A browser that came back, signed in.
    package struct Arrival: Sendable {
        package var session: NewAdminPass
        package var returnTo: String
    }

    /// Ends a sign-in of a browser.
    ///
    /// - Parameters:
    ///   - query: what the issuer sent it back with.
    ///   - sealed: what it took along when it began.
    package func finish(_ query: [String: String], ticket sealed: String?) async throws(SignInFault) -> Arrival {
        let now = now()
        guard let sealed, let ticket = SignInTicket(opening: sealed, ticketKey, for: .browser, at: now),
            ticket.issuer.utf8.elementsEqual(rules.issuer.utf8)
        else { throw .failed("This browser has not begun to sign in here, or took more than ten minutes.") }
        guard let state = query["state"], state.utf8.elementsEqual(ticket.code.utf8) else {
            throw .failed("What came back does not belong to the sign-in that this browser began (state).")
        }
        guard use(state, until: ticket.end, at: now) else { throw .failed("This sign-in came back before.") }
        let metadata = try await issuer()
        // One that says it names itself, or does, must be the one that was asked: another one's code is not for it.
        if metadata.namesItself || query["iss"] != nil {
            guard query["iss"]?.utf8.elementsEqual(rules.issuer.utf8) == true else {
                throw .failed("Another issuer sent the browser back (iss).")
            }
        }
        if let error = query["error"] {
            let said = query["error_description"].map { ": \(SignInDesk.plain($0))" } ?? ""
            throw .failed("The issuer refused: \(SignInDesk.plain(error))\(said).")
        }
        guard let code = query["code"], !code.isEmpty, code.utf8.count <= 4_096 else {
            throw .failed("The issuer sent no code.")
        }
        let claims = try await claims(
            for: [
                ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", rules.redirectURL),
                ("code_verifier", ticket.verifier),
            ],
            metadata,
            nonce: ticket.nonce
        )
        let session = try await control.signIn(try rules.person(claims), as: .session, by: rules)
        return Arrival(session: session, returnTo: ticket.returnTo)
    }

    /// Whether a state comes back for the first time.
    private func use(_ state: String, until end: Timestamp, at now: Timestamp) -> Bool {
        guard used[state] == nil else { return false }
        if used.count >= SignInDesk.mostUsed { used = used.filter { now < $0.value } }
        if used.count >= SignInDesk.mostUsed, let oldest = used.min(by: { $0.value < $1.value }) {
            used[oldest.key] = nil
        }
        used[state] = end
        return true
    }

    // MARK: on a device

    /// What a person needs to sign in elsewhere for a device that cannot show a page.
    package struct DeviceStart: Sendable {
        /// Shown again when the device asks whether they have.
        package var ticket: String
        package var userCode: String
        package var url: String
        /// With the code in it, where the issuer has one.
        package var completeURL: String?
        /// Seconds between two questions.
        package var interval: Int64
        package var expiresIn: Int64
    }

    package func beginDevice() async throws(SignInFault) -> DeviceStart {
        let now = now()
        begun.removeAll { $0 <= now.advanced(bySeconds: -60) }
        guard begun.count < SignInDesk.mostBegun else {
            throw SignInFault(.tooMany, "Too many devices begin to sign in.", hint: "Try again in a minute.")
        }
        begun.append(now)
        let metadata = try await issuer()
        guard let url = metadata.deviceURL, metadata.tokenURL != nil else {
            throw SignInFault(
                .issuer,
                "The issuer has no sign-in for devices (device_authorization_endpoint).",
                hint: "Allow the device flow for this client there, or make a token: `sluice token create`."
            )
        }
        let answer = try await send(url, [("scope", rules.scopes.joined(separator: " "))], metadata)
        guard answer.status == 200, let code = answer.json["device_code"]?.string,
            let userCode = answer.json["user_code"]?.string,
            let page = (answer.json["verification_uri"] ?? answer.json["verification_url"])?.string
        else { throw SignInDesk.refused(answer.json, status: answer.status) }
        let complete = answer.json["verification_uri_complete"]?.string
        guard IssuerURL.isSafe(page), complete.map({ IssuerURL.isSafe($0) }) ?? true else {
            throw SignInFault(.issuer, "The issuer sends people to a page that is not encrypted.")
        }
        let lifetime = min(max(answer.json["expires_in"]?.int ?? 600, 1), 3_600)
        let ticket = SignInTicket(
            purpose: .device,
            code: code,
            issuer: rules.issuer,
            end: now.advanced(bySeconds: lifetime)
        )
        guard let sealed = ticket.sealed(ticketKey) else {
            throw SignInFault(.failed, "The sign-in could not be begun.")
        }
        return DeviceStart(
            ticket: sealed,
            userCode: SignInDesk.plain(userCode),
            url: page,
            completeURL: complete,
            interval: min(max(answer.json["interval"]?.int ?? 5, 1), 60),
            expiresIn: lifetime
        )
    }

    /// The token of a device whose person has signed in.
    ///
    /// - Throws: `pending` and `slowDown` until they have.
    package func finishDevice(ticket sealed: String) async throws(SignInFault) -> NewAdminPass {
        guard let ticket = SignInTicket(opening: sealed, ticketKey, for: .device, at: now()),
            ticket.issuer.utf8.elementsEqual(rules.issuer.utf8)
        else { throw SignInFault(.failed, "This sign-in was not begun here, or took too long.") }
        let metadata = try await issuer()
        let claims = try await claims(
            for: [
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", ticket.code),
            ],
            metadata,
            nonce: nil
        )
        return try await control.signIn(try rules.person(claims), as: .login, by: rules)
    }

    // MARK: the issuer

    /// The claims of the token that the issuer gives for a code.
    private func claims(
        for form: [(String, String)],
        _ metadata: IssuerMetadata,
        nonce: String?
    ) async throws(SignInFault) -> JSONObject {
        guard let url = metadata.tokenURL else { throw SignInFault(.issuer, "The issuer has no token_endpoint.") }
        let answer = try await send(url, form, metadata)
        guard answer.status == 200, let text = answer.json["id_token"]?.string else {
            throw SignInDesk.refused(answer.json, status: answer.status)
        }
        do throws(TokenFault) {
            let token = try SignedToken(parsing: text.utf8)
            do throws(TokenFault) {
                try token.verify(with: try await keys(at: metadata.keysURL, fresh: false))
            } catch {
                guard case .unknownKey = error else { throw error }
                try token.verify(with: try await keys(at: metadata.keysURL, fresh: true))
            }
            try TokenRules(issuer: rules.issuer, audiences: [rules.clientID])
                .check(idToken: token.claims, for: rules.clientID, nonce: nonce, at: now())
            return token.claims
        } catch {
            throw SignInFault(.failed, "The issuer's token is not believed: \(error).")
        }
    }

    private struct Said {
        var status: Int
        var json: JSONObject
    }

    private func send(
        _ url: String,
        _ form: [(String, String)],
        _ metadata: IssuerMetadata
    ) async throws(SignInFault) -> Said {
        var request = IssuerRequest(url: url, form: form.map { (name: $0.0, value: $0.1) })
        if let secret = rules.clientSecret, metadata.takesBasic {
            request.basic = (rules.clientID, secret)
        } else {
            request.form?.append(("client_id", rules.clientID))
            if let secret = rules.clientSecret { request.form?.append(("client_secret", secret.exposed)) }
        }
        do throws(IssuerFault) {
            let answer = try await asking { [request] port throws(IssuerFault) in try await port.send(request) }
            let json = try? JSONValue(parsing: answer.body, limits: JSONLimits(depth: 16, members: 1_000))
            return Said(status: answer.status, json: json?.object ?? JSONObject())
        } catch {
            throw SignInDesk.unreachable(error)
        }
    }

    /// Asks the issuer something, as long as not too much waits for its answers.
    private func asking<Answer: Sendable>(
        _ use: @Sendable (IssuerPort) async throws(IssuerFault) -> Answer
    ) async throws(IssuerFault) -> Answer {
        guard underway < SignInDesk.mostUnderway else {
            throw IssuerFault("\(underway) questions wait for its answer already")
        }
        underway += 1
        defer { underway -= 1 }
        return try await use(port)
    }

    /// What the issuer says of itself; read again each hour, and kept where it does not answer.
    private func issuer() async throws(SignInFault) -> IssuerMetadata {
        let now = now()
        if let metadata, now < metadata.readAt.advanced(by: SignInDesk.freshness) { return metadata.value }
        do throws(IssuerFault) {
            let value = try await asking { [rules] port throws(IssuerFault) in
                try await port.metadata(of: rules.issuer)
            }
            metadata = (value, now)
            return value
        } catch {
            if let metadata { return metadata.value }
            throw SignInDesk.unreachable(error)
        }
    }

    /// The issuer's keys as they are known.
    ///
    /// - Parameter isAsked: a token names one that is not among them.
    private func keys(at url: String, fresh isAsked: Bool) async throws(TokenFault) -> KeySet {
        let now = now()
        let age = isAsked ? SignInDesk.pause : SignInDesk.freshness
        if let keys, now < keys.readAt.advanced(by: age) { return keys.value }
        do throws(IssuerFault) {
            let value = try await asking { port throws(IssuerFault) in try await port.keys(at: url) }
            keys = (value, now)
            return value
        } catch {
            return keys?.value ?? .none
        }
    }

    private static func unreachable(_ fault: IssuerFault) -> SignInFault {
        SignInFault(
            .issuer,
            "The issuer of identities cannot be used: \(fault).",
            hint: "Whoever is signed in stays so; admin tokens work as before. See auth.oidc in the configuration."
        )
    }

    /// What a token endpoint says where it gives no token (RFC 6749, 5.2; RFC 8628, 3.5).
    private static func refused(_ json: JSONObject, status: Int) -> SignInFault {
        let error = json["error"]?.string ?? ""
        switch error {
        case "authorization_pending": return SignInFault(.pending, "The person has not signed in yet.")
        case "slow_down": return SignInFault(.slowDown, "Ask less often.")
        case "access_denied": return SignInFault(.forbidden, "The person did not allow it.")
        case "expired_token", "invalid_grant":
            return SignInFault(.failed, "The issuer takes this code no more: it has ended, or was used.")
        default: break
        }
        let said = (json["error_description"]?.string).map { ": \(plain($0))" } ?? ""
        return SignInFault(
            .issuer,
            error.isEmpty
                ? "The issuer answers \(status) without a token." : "The issuer refuses with '\(plain(error))'\(said).",
            hint: "See client_id, client_secret and scopes of auth.oidc."
        )
    }

    /// Text of others, fit to be shown.
    private static func plain(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(200).filter { $0.value >= 0x20 && $0.value != 0x7F }
        return String(String.UnicodeScalarView(shown))
    }

    /// 256 random bits.
    private func text() -> String {
        Base64URL.text((0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
    }
}

/// Names and values as a form writes them.
package enum FormText {
    package static func of(_ pairs: [(String, String)]) -> String {
        pairs.map { "\(escaped($0.0))=\(escaped($0.1))" }.joined(separator: "&")
    }

    /// Percent-encodes all but unreserved characters.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if byte.isASCIIAlphanumeric || "-._~".utf8.contains(byte) {
                result.append(Character(UnicodeScalar(byte)))
            } else {
                result += "%" + HexText.of([byte]).uppercased()
            }
        }
        return result
    }
}
