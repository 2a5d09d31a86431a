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
    package static func json(_ entries: [Entry]) -> [UInt8] {
        var bytes = Array(#"{"object":"list","data":["#.utf8)
        for (index, entry) in entries.enumerated() {
            if index > 0 { bytes.append(0x2C) }
            bytes.append(contentsOf: json(entry))
        }
        bytes.append(contentsOf: "]}".utf8)
        return bytes
    }

    /// `{"id":…,"object":"model","created":…,"owned_by":…}`.
    package static func json(_ entry: Entry) -> [UInt8] {
        var bytes = Array(#"{"id":"#.utf8)
        JSONString.append(entry.id, to: &bytes)
        bytes.append(contentsOf: #","object":"model","created":"#.utf8)
        bytes.append(contentsOf: String(entry.createdAt.nanoseconds / 1_000_000_000).utf8)
        bytes.append(contentsOf: #","owned_by":"#.utf8)
        JSONString.append(entry.ownedBy, to: &bytes)
        bytes.append(0x7D)
        return bytes
    }
}
