// SPDX-License-Identifier: Apache-2.0

package import SluiceCore
import SluiceStore

/// What is known of a provider's credential in the store.
package struct CredentialState: Sendable {
    package var provider: ProviderID
    /// Absent where none is set.
    package var secret: SealedSecret?
    /// Absent where it opens.
    package var fault: SealFault?
}

extension ControlPlane {
    /// Of the providers whose credential is in the store.
    package func credentials() -> [CredentialState] {
        let faults = catalogue.credentialFaults
        return catalogue.definitions.providers.filter(\.keepsCredentialInStore).map { provider in
            CredentialState(
                provider: provider.id,
                secret: catalogue.state.secrets.first { $0.provider == provider.id },
                fault: faults.first { $0.provider == provider.id }?.reason
            )
        }
    }

    /// Seals a provider's credential; requests that begin from now on show it, no restart needed.
    package func setCredential(
        of provider: String,
        to secret: Secret<String>,
        _ change: Change
    ) async throws(ControlError) -> CredentialState {
        guard (1...8_192).contains(secret.exposed.utf8.count),
            secret.exposed.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw ControlError(.invalid, "credential must have 1 to 8192 visible ASCII characters and no blanks.")
        }
        let now = now()
        return try await self.change { catalogue throws(ControlError) in
            let provider = try catalogue.provider(keepingCredential: provider)
            guard let keys = catalogue.definitions.masterKeys else {
                throw ControlError(
                    .invalidState,
                    "There is no master_key in the configuration: nothing can be sealed.",
                    hint:
                        "Give master_key or master_key_file as ID:HEX, such as k1:$(openssl rand -hex 32), and reload."
                )
            }
            let version = (catalogue.state.secrets.first { $0.provider == provider.id }?.version ?? 0) + 1
            let sealed: SealedSecret
            do throws(SealFault) {
                sealed = try keys.seal(secret, for: provider, version: version, at: now)
            } catch {
                throw ControlError(.invalidState, "The credential could not be sealed.")
            }
            let draft = change.draft(
                "provider.credential",
                "provider:\(provider.id)",
                at: now,
                after: sealed.record
            )
            return Decision(
                [.putSecret(sealed)],
                audit: [draft],
                answer: CredentialState(provider: provider.id, secret: sealed)
            )
        }
    }

    /// Takes a provider's credential away; its requests get 503 until there is another.
    package func removeCredential(of provider: String, _ change: Change) async throws(ControlError) -> CredentialState {
        let now = now()
        return try await self.change { catalogue throws(ControlError) in
            let provider = try catalogue.provider(keepingCredential: provider)
            let state = CredentialState(provider: provider.id, fault: .notSet)
            guard let known = catalogue.state.secrets.first(where: { $0.provider == provider.id }) else {
                return .nothing(state)
            }
            let draft = change.draft(
                "provider.credential.remove",
                "provider:\(provider.id)",
                at: now,
                before: known.record
            )
            return Decision([.removeSecret(provider.id)], audit: [draft], answer: state)
        }
    }

    /// Wraps the data keys of all credentials by the master key in force; traffic goes on meanwhile.
    ///
    /// - Returns: how many there are, and how many were wrapped anew.
    package func rewrapCredentials(_ change: Change) async throws(ControlError) -> (all: Int, rewrapped: Int) {
        let now = now()
        return try await self.change { catalogue throws(ControlError) in
            guard let keys = catalogue.definitions.masterKeys else {
                throw ControlError(.invalidState, "There is no master_key in the configuration.")
            }
            var decision = Decision(answer: (all: catalogue.state.secrets.count, rewrapped: 0))
            for secret in catalogue.state.secrets where secret.masterKey != keys.current {
                let next: SealedSecret
                do throws(SealFault) {
                    next = try keys.rewrapped(secret)
                } catch {
                    throw ControlError(
                        .invalidState,
                        "The credential of provider \(secret.provider) cannot be wrapped anew: \(error)"
                    )
                }
                decision.changes.append(.putSecret(next))
                decision.audit.append(
                    change.draft(
                        "provider.credential.rewrap",
                        "provider:\(secret.provider)",
                        at: now,
                        before: secret.record,
                        after: next.record
                    )
                )
                decision.answer.rewrapped += 1
            }
            return decision
        }
    }
}

extension Catalogue {
    /// A provider whose credential may be set here.
    fileprivate func provider(keepingCredential id: String) throws(ControlError) -> Provider {
        guard let provider = definitions.providers.first(where: { $0.id.rawValue == id }) else {
            throw ControlError(
                .notFound,
                "There is no provider \"\(id.prefix(140))\".",
                details: .list("providers", definitions.providers.map(\.id.rawValue))
            )
        }
        guard provider.keepsCredentialInStore else {
            throw ControlError(
                .readOnly,
                "The credential of provider \(provider.id) is the configuration file's.",
                hint: "Write `credential: stored` there instead of api_key, and reload."
            )
        }
        return provider
    }
}

extension SealedSecret {
    /// Nothing of the credential itself.
    fileprivate var record: JSONObject {
        var record = JSONObject()
        record["provider"] = .string(provider.rawValue)
        record["version"] = .integer(String(version))
        record["master_key"] = .string(masterKey)
        return record
    }
}
