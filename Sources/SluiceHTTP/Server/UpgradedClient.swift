// SPDX-License-Identifier: Apache-2.0

/// A caller's connection after ``ClientConnection/upgrade(_:)``.
package struct UpgradedClient {
    let connection: ClientConnection

    init(_ connection: ClientConnection) { self.connection = connection }
}
