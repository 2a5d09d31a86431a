// SPDX-License-Identifier: Apache-2.0
package import SluiceCore
import SluiceStore

extension ControlPlane {
    /// Routes, in the order of the file.
    package func routes() -> [Route] { catalogue.definitions.routes }

    /// Providers, in the order of the file; credentials stay secret.
    package func providers() -> [Provider] { catalogue.definitions.providers }

    /// The models of a provider that are held back, with the kinds of failure; empty where all is well.
    package func heldBack(_ provider: ProviderID) -> [TargetState] {
        targets().filter { $0.provider == provider && !$0.openBreakers.isEmpty }
    }

    /// Price cards of both owners, the file's first.
    package func prices() -> [PriceCard] { catalogue.definitions.prices + catalogue.state.prices }

    /// Model cards of both owners, the file's first.
    package func models() -> [ModelCard] { catalogue.definitions.models + catalogue.state.models }

    /// What the control plane is set to: the options of the file that change what calls do.
    package func settings() -> JSONObject {
        var settings = JSONObject()
        settings["auto_transition"] = .bool(catalogue.definitions.autoTransition)
        settings["key_prefix"] = .string(catalogue.definitions.keyPrefix)
        settings["key_rotation_grace_seconds"] = .integer(
            String(catalogue.definitions.keyRotationGrace.components.seconds)
        )
        settings["epoch"] = .integer(String(catalogue.state.revision))
        return settings
    }
}
