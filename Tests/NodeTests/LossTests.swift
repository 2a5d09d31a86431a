// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import SluiceCore
import SluiceJournal
import Testing

@testable import SluiceNode

@Suite("A start after something was lost", .serialized)
struct LossTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A node's folder after one run with a request.
    private static func withUsedFolder(_ body: (Folder) async throws -> Void) async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration())
            try await RunningNode.with(folder) { node in
                let answer = try await node.chat()
                #expect(answer.status == 200)
            }
            try await body(folder)
        }
    }

    /// Why a node does not start; `nil` where it does.
    private static func refusal(_ folder: Folder, acceptLoss: Bool = false) async throws -> String? {
        let node: Node
        do {
            node = try await Node.start(file: folder.file, environment: [:], acceptLoss: acceptLoss, log: quiet)
        } catch {
            return "\(error)"
        }
        await node.parts.release()
        return nil
    }

    private static func remove(_ paths: String..., in folder: Folder) throws {
        for path in paths where FileManager.default.fileExists(atPath: "\(folder.path)/\(path)") {
            try FileManager.default.removeItem(atPath: "\(folder.path)/\(path)")
        }
    }

    @Test("a store without its pepper is refused, unless the loss is accepted")
    func pepper() async throws {
        try await LossTests.withUsedFolder { folder in
            try LossTests.remove("sluice-data/sluice.db.pepper", in: folder)
            let reason = try #require(try await LossTests.refusal(folder))
            #expect(reason.contains("sluice.db.pepper") && reason.contains("--accept-loss"), "\(reason)")
            #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/sluice-data/sluice.db.pepper"))
            #expect(try await LossTests.refusal(folder, acceptLoss: true) == nil)
            #expect(try await LossTests.refusal(folder) == nil)
        }
    }

    @Test("a pepper without its store is refused, and no store is made, unless the loss is accepted")
    func store() async throws {
        try await LossTests.withUsedFolder { folder in
            try LossTests.remove("sluice-data/sluice.db", "sluice-data/sluice.db-wal", in: folder)
            try LossTests.remove("sluice-data/sluice.db-shm", in: folder)
            let reason = try #require(try await LossTests.refusal(folder))
            #expect(reason.contains("sluice.db: is gone") && reason.contains("--accept-loss"), "\(reason)")
            #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/sluice-data/sluice.db"))
            #expect(try await LossTests.refusal(folder, acceptLoss: true) == nil)
            #expect(try await LossTests.refusal(folder) == nil)
        }
    }

    @Test("a segment of the journal that is gone between others is refused, unless the loss is accepted")
    func segment() async throws {
        try await LossTests.withUsedFolder { folder in
            let directory = "\(folder.path)/sluice-data/journal"
            let configuration = Journal.Configuration(directory: directory, node: "node")
            var made: [Set<String>] = []
            for _ in 0..<3 {
                let before = Set(try FileManager.default.contentsOfDirectory(atPath: directory))
                try Journal.open(configuration, loops: 1, now: WallClock.now()).close()
                made.append(Set(try FileManager.default.contentsOfDirectory(atPath: directory)).subtracting(before))
            }
            let gone = try #require(made[1].filter { $0.hasSuffix(".slj") }.sorted().first)
            try LossTests.remove("sluice-data/journal/\(gone)", in: folder)
            let reason = try #require(try await LossTests.refusal(folder))
            #expect(reason.contains(gone) && reason.contains("--accept-loss"), "\(reason)")
            #expect(try await LossTests.refusal(folder, acceptLoss: true) == nil)
        }
    }

    @Test("a node that got another name is refused, unless the loss is accepted")
    func renamed() async throws {
        try await LossTests.withUsedFolder { folder in
            let text = try String(contentsOfFile: folder.file, encoding: .utf8)
            try folder.write("node: {name: other}\n" + text)
            let reason = try #require(try await LossTests.refusal(folder))
            #expect(reason.contains("fed by node node") && reason.contains("--accept-loss"), "\(reason)")
            try folder.write(text)
            #expect(try await LossTests.refusal(folder) == nil)
            try folder.write("node: {name: other}\n" + text)
            #expect(try await LossTests.refusal(folder, acceptLoss: true) == nil)
        }
    }

    @Test("a store that came back without any journal starts")
    func journal() async throws {
        try await LossTests.withUsedFolder { folder in
            try LossTests.remove("sluice-data/journal", in: folder)
            #expect(try await LossTests.refusal(folder) == nil)
        }
    }

    @Test("a folder that cannot be written to is named with its key")
    func readOnly() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration("data_dir: /proc/sluice-data\n" + RunningNode.standard))
            let reason = try #require(try await LossTests.refusal(folder))
            #expect(reason.contains("data_dir") && reason.contains("/proc/sluice-data"), "\(reason)")
        }
    }

    @Test("an admin token in a file that is a caller's key as well is refused")
    func sameSecret() async throws {
        try await Folder.with { folder in
            let secret = "kq7ZtWn2Xv9Rb4Ls8Pd1"
            try folder.write(secret + "\n", to: "\(folder.path)/token")
            try folder.write(
                """
                listen: 127.0.0.1:0
                admin: {listen: "127.0.0.1:0", token_file: token}
                keys: [{name: app, key: \(secret)}]
                \(RunningNode.standard)
                """
            )
            let reason = try #require(try await LossTests.refusal(folder))
            #expect(reason.contains("the admin token and the caller key 'app'"), "\(reason)")
            #expect(!reason.contains(secret))
        }
    }
}
