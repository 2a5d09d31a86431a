// SPDX-License-Identifier: Apache-2.0

extension Version {
    /// Where the version is served, in the order of its list; its own provider first where the list leaves it out.
    package var targets: [TargetSetting] {
        let isNamed = settings.targets.contains { target in
            target.provider == provider && (target.apiVersion ?? apiVersion) == apiVersion
        }
        return isNamed ? settings.targets : [TargetSetting(provider: provider)] + settings.targets
    }

    /// Whether a provider's trouble hits both alike: the same models of the same providers, asked in the same order, and waited for
    /// as long.
    ///
    /// Another region or another credential is another provider.
    package func sharesSource(with other: Version) -> Bool {
        func places(_ version: Version) -> [TargetSetting] {
            version.targets.map { target in
                var target = target
                target.apiVersion = target.apiVersion ?? version.apiVersion
                return target
            }
        }
        return places(self) == places(other) && settings.targetPolicy == other.settings.targetPolicy
            && settings.timeouts == other.settings.timeouts && settings.hedgeAfter == other.settings.hedgeAfter
    }
}
