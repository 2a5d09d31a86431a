// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// The answers of `GET /v1/models` and `GET /v1/models/{id}`.
package enum ModelList {
    package struct Entry: Sendable, Equatable {
        package var id: String
        package var createdAt: Timestamp
        package var ownedBy: String

        package init(id: String, createdAt: Timestamp, ownedBy: String) {
            self.id = id
            self.createdAt = createdAt
            self.ownedBy = ownedBy
        }
    }

    /// `{"object":"list","data":[…]}`.
    package static func json(_ entries: [Entry]) -> [UInt8] { [] }

    /// `{"id":…,"object":"model","created":…,"owned_by":…}`.
    package static func json(_ entry: Entry) -> [UInt8] { [] }
}
