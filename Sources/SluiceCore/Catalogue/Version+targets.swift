// SPDX-License-Identifier: Apache-2.0

extension Version {
    /// Where the version is served, in the order of its list; its own provider first where the list leaves it out.
    package var targets: [TargetSetting] {
        let isNamed = settings.targets.contains { target in
            target.provider == provider && (target.apiVersion ?? apiVersion) == apiVersion
        }
        return isNamed ? settings.targets : [TargetSetting(provider: provider)] + settings.targets
    }
}
