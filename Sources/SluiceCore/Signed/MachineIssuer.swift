// SPDX-License-Identifier: Apache-2.0

import Crypto

/// An issuer whose tokens machines may show in the place of a key.
package struct MachineIssuer: Sendable {
    package var rules: TokenRules
    /// Where its keys are published; without it, where its metadata say.
    package var keysURL: String?
    /// The claim that names a user, where there is one: a blocked user's tokens are refused.
    package var userClaim: String?
    /// The first whose rules hold for a token is who calls.
    package var callers: [Caller]
    /// The keys that are known of it.
    package var keys = KeySet.none

    /// Who calls with a token of certain claims.
    package struct Caller: Sendable, Equatable {
        /// Finds the key whose rights, limits and budgets are the caller's.
        package var hash: [UInt8]
        /// All of them must hold.
        package var claims: [ClaimRule]

        package init(hash: [UInt8], claims: [ClaimRule]) {
            self.hash = hash
            self.claims = claims
        }
    }

    package init(rules: TokenRules, keysURL: String? = nil, userClaim: String? = nil, callers: [Caller]) {
        self.rules = rules
        self.keysURL = keysURL
        self.userClaim = userClaim
        self.callers = callers
    }

    package var issuer: String { rules.issuer }

    /// The setting that holds the keys that are known of it, by where they come from.
    package var setting: String { "issuer.keys:\(keysURL ?? issuer)" }

    /// The hash of a key that nobody can show: what is hashed of shown texts begins with the pepper.
    package static func hash(of name: String) -> [UInt8] {
        Array(SHA256.hash(data: Array("sluice.machine-caller:\(name)".utf8)))
    }
}

/// The issuers of a snapshot, and whose tokens are refused.
package struct MachineAccess: Sendable {
    package var issuers: [MachineIssuer]
    /// In lower case: an issuer may spell a name in another way than whoever blocked it.
    package var blockedUsers: Set<String>

    package init(issuers: [MachineIssuer] = [], blockedUsers: Set<String> = []) {
        self.issuers = issuers
        self.blockedUsers = Set(blockedUsers.map { $0.lowercased() })
    }

    /// Who calls with a token, and until when that is known.
    package struct Identity: Sendable, Equatable {
        package var hash: [UInt8]
        package var until: Timestamp
    }

    /// Why a token opens nothing.
    package enum Fault: Error, Sendable, Equatable {
        case token(TokenFault)
        /// An issuer of the configuration signed it with a key that is not known yet.
        case unknownKey(issuer: String, TokenFault)
        /// It is genuine, and fits none of the callers.
        case nobody(issuer: String)
        case blocked

        /// The same for whoever showed the token.
        package var message: String {
            switch self {
            case .token(let fault): "This token is refused: \(fault)."
            case .unknownKey(_, let fault):
                "This token is refused: \(fault). An issuer's keys are read again within a minute: try again then."
            case .nobody:
                "This token is genuine, but its claims fit no caller of auth.jwt in the relay's configuration."
            case .blocked: "The user of this token is blocked; ask whoever administers it."
            }
        }
    }

    /// Whose token a text is: by keys that are at hand, without waiting for anything.
    package func identity(of text: some Collection<UInt8>, at now: Timestamp) throws(Fault) -> Identity {
        let token: SignedToken
        do throws(TokenFault) { token = try SignedToken(parsing: text) } catch { throw .token(error) }
        let own = issuers.filter { token.claims["iss"]?.string?.utf8.elementsEqual($0.issuer.utf8) == true }
        // An issuer may stand there more than once, for several audiences.
        var fault = Fault.token(.issuer)
        for issuer in own {
            do throws(Fault) { return try identity(of: token, by: issuer, at: now) } catch { fault = error }
        }
        throw fault
    }

    private func isBlocked(_ user: String) -> Bool { blockedUsers.contains(user.lowercased()) }

    private func identity(
        of token: SignedToken,
        by issuer: MachineIssuer,
        at now: Timestamp
    ) throws(Fault) -> Identity {
        let until: Timestamp
        do throws(TokenFault) {
            try token.verify(with: issuer.keys)
            until = try issuer.rules.check(token.claims, at: now)
        } catch {
            if case .unknownKey = error { throw .unknownKey(issuer: issuer.issuer, error) }
            throw .token(error)
        }
        if let claim = issuer.userClaim, token.claims.texts(at: claim).contains(where: isBlocked) {
            throw .blocked
        }
        // An address of which the issuer says that nobody verified it may be anybody's.
        let isNobodys = token.claims["email_verified"]?.texts.first == "false"
        let caller = issuer.callers.first { caller in
            caller.claims.allSatisfy { $0.holds(for: token.claims) && !($0.claim == "email" && isNobodys) }
        }
        guard let caller else { throw .nobody(issuer: issuer.issuer) }
        return Identity(hash: caller.hash, until: until)
    }
}
