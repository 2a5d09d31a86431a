// SPDX-License-Identifier: Apache-2.0

import SluiceCore
import SluiceStore

extension Catalogue {
    /// The providers that can be asked, with their credentials; the versions of others have nobody to answer them.
    var servedProviders: [Provider] {
        definitions.providers.compactMap { provider in
            guard provider.keepsCredentialInStore else { return provider }
            guard let secret = try? credential(of: provider) else { return nil }
            var provider = provider
            provider.apiKey = secret
            return provider
        }
    }

    /// Why providers are not served.
    var credentialFaults: [CredentialFault] {
        definitions.providers.compactMap { provider in
            guard provider.keepsCredentialInStore else { return nil }
            do throws(SealFault) {
                _ = try credential(of: provider)
                return nil
            } catch {
                return CredentialFault(provider: provider.id, reason: error)
            }
        }
    }

    private func credential(of provider: Provider) throws(SealFault) -> Secret<String> {
        guard let sealed = state.secrets.first(where: { $0.provider == provider.id }) else { throw .notSet }
        guard let keys = definitions.masterKeys else { throw .noMasterKey }
        return try keys.open(sealed, for: provider)
    }
}
