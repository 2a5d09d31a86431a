// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import Testing

@testable import SluiceGateway

@Suite("The key that a connection showed last")
struct LastKeyTests {
    /// What a snapshot with these keys (by their ids) finds for each text, one after the other on one connection.
    private static func found(
        _ texts: [String],
        _ last: inout LastKey,
        keys: KeyValuePairs<String, String>,
        epoch: Int64 = 7,
        pepper: Secret<[UInt8]> = Rig.pepper
    ) throws -> [String?] {
        var snapshot = try Rig.snapshot(upstream: 1, VersionSettings())
        snapshot.keys = keys.map { id, text in
            var key = Rig.callerKey(text, id: id)
            key.hash = KeyText.hash(text.utf8, pepper: pepper)
            return key
        }
        snapshot.epoch = epoch
        snapshot.pepper = pepper
        var tables = LiveTables(
            loops: 1,
            pins: PinTable(most: 1),
            brakePatience: .seconds(30),
            logger: Logger(label: "test")
        )
        let compiled = GatewaySnapshot(snapshot, &tables, userAgent: "sluice")
        return texts.map { text in
            let bytes = Array(text.utf8)
            return last.find(bytes.span, in: compiled)?.id.rawValue
        }
    }

    @Test("shown again it is found again, and others beside it are told apart")
    func alternating() throws {
        var last = LastKey()
        let texts = ["first", "first", "other", "firsT", "first", "", "other", "other"]
        #expect(
            try Self.found(texts, &last, keys: ["a": "first", "b": "other"]) == [
                "a", "a", "b", nil, "a", nil, "b", "b",
            ]
        )
    }

    @Test("it is not found any more once it is gone, whether the snapshot has a new number or not", arguments: [7, 8])
    func revoked(epoch: Int64) throws {
        var last = LastKey()
        #expect(try Self.found(["first"], &last, keys: ["a": "first"]) == ["a"])
        #expect(try Self.found(["first"], &last, keys: [:], epoch: epoch) == [nil])
    }

    @Test("what was no key is not remembered as none")
    func unknown() throws {
        var last = LastKey()
        #expect(try Self.found(["first", "first"], &last, keys: [:]) == [nil, nil])
        #expect(try Self.found(["first"], &last, keys: ["a": "first"]) == ["a"])
    }

    @Test("it is found by another pepper, too")
    func pepper() throws {
        var last = LastKey()
        let other = Secret<[UInt8]>([9, 9])
        #expect(try Self.found(["first"], &last, keys: ["a": "first"]) == ["a"])
        #expect(try Self.found(["first"], &last, keys: ["a": "first"], epoch: 8, pepper: other) == ["a"])
    }

    @Test("a long one is found each time")
    func long() throws {
        var last = LastKey()
        let text = String(repeating: "k", count: 300)
        #expect(try Self.found([text, text, text + "k"], &last, keys: ["long": text]) == ["long", "long", nil])
    }
}
