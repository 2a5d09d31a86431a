// SPDX-License-Identifier: Apache-2.0

/// A provider's connection after ``ProviderConnection/upgrade(unread:)``.
package struct UpgradedProvider {
    let connection: ProviderConnection

    init(_ connection: ProviderConnection) { self.connection = connection }
}
