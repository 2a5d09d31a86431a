// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore

/// Where versions stand: those made by the API, and those defined in the file.
enum ReleaseTable {
    static func ofFileVersions(_ database: Database) throws -> [VersionID: Release] {
        var releases: [VersionID: Release] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT * FROM release WHERE owner = 'file'") {
            let reader = RowReader(row, of: "release")
            releases[try reader.id("version_id")] = try release(reader)
        }
        return releases
    }

    static func put(_ release: Release, of id: VersionID, owner: Owner, in database: Database) throws {
        let thresholds = release.thresholds
        try database.execute(
            sql: """
                INSERT INTO release (version_id, owner, state, weight, buckets, error_rate, p99_latency_ms,
                    p99_first_token_ms, cost_spike_ratio, deployed_at, changed_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (owner, version_id) DO UPDATE SET state = excluded.state, weight = excluded.weight,
                    buckets = excluded.buckets,
                    error_rate = excluded.error_rate, p99_latency_ms = excluded.p99_latency_ms,
                    p99_first_token_ms = excluded.p99_first_token_ms,
                    cost_spike_ratio = excluded.cost_spike_ratio, deployed_at = excluded.deployed_at,
                    changed_at = excluded.changed_at
                """,
            arguments: [
                id.rawValue, owner.rawValue, release.state.rawValue, release.weight.rawValue,
                release.buckets.description,
                thresholds.errorRate,
                thresholds.p99LatencyMilliseconds, thresholds.p99FirstTokenMilliseconds, thresholds.costSpikeRatio,
                release.deployedAt?.nanoseconds, release.changedAt.nanoseconds,
            ]
        )
    }

    /// The release in a row that has this table's columns.
    static func release(_ reader: RowReader) throws -> Release {
        let weight = try reader.number("weight")
        return Release(
            state: try reader.word("state"),
            weight: try reader.known(Int(exactly: weight).flatMap { BasisPoints($0) }),
            buckets: try reader.known(BucketRanges(try reader.text("buckets"))),
            thresholds: Thresholds(
                errorRate: reader.double(orNone: "error_rate"),
                p99LatencyMilliseconds: reader.double(orNone: "p99_latency_ms"),
                p99FirstTokenMilliseconds: reader.double(orNone: "p99_first_token_ms"),
                costSpikeRatio: reader.double(orNone: "cost_spike_ratio")
            ),
            deployedAt: try reader.moment(orNone: "deployed_at"),
            changedAt: try reader.moment("changed_at")
        )
    }
}
