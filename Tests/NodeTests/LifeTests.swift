// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SluiceControl
import SluiceCore
import Testing

@testable import SluiceNode

@Suite("The life of a whole node", .serialized)
struct LifeTests {
    @Test("a first start makes token and key that work, and a second one shows nothing")
    func firstStart() async throws {
        try await Folder.with { folder in
            let starter = StarterFile.text.replacing("127.0.0.1:4000\n", with: "127.0.0.1:0\n")
                .replacing("listen: 127.0.0.1:4001", with: "listen: 127.0.0.1:0")
            try folder.write(starter)
            try await RunningNode.with(folder) { node in
                let first = try #require(node.node.firstStart)
                #expect(first.callerKey.exposed.hasPrefix("sl_"))
                let answer = try await node.chat(model: "gpt-4o", key: first.callerKey.exposed)
                #expect(answer.status == 200, "\(answer.body)")
                #expect(answer.headers["x-sluice-cost-usd"] != nil)
                let status = try await node.admin("GET", "/status", token: first.adminToken.exposed)
                #expect(status.status == 200)
                #expect(node.welcome(first).contains(first.callerKey.exposed))
            }
            #expect(!PrivateFile.isReadableByOthers("\(folder.path)/sluice-data/admin-token"))
            #expect(!PrivateFile.isReadableByOthers("\(folder.path)/sluice-data/sluice.db.pepper"))
            try await RunningNode.with(folder) { node in
                #expect(node.node.firstStart == nil)
            }
        }
    }

    @Test("a starter file is written once, for its owner only, and never over another")
    func starterFile() async throws {
        try await Folder.with { folder in
            #expect(try StarterFile.writeIfMissing(folder.file))
            #expect(!PrivateFile.isReadableByOthers(folder.file))
            #expect(try !StarterFile.writeIfMissing(folder.file))
            try folder.write("loops: 1")
            #expect(try !StarterFile.writeIfMissing(folder.file))
            #expect(try PrivateFile.read(folder.file, limit: 100) == Array("loops: 1".utf8))
        }
    }

    @Test("what the API made is there after a restart: versions, weights, keys, ledger")
    func restart() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration())
            let key = try await RunningNode.with(folder) { node in
                let version = #"{"version_id":"v3","api_version":"three","route":"chat","config":{"top_p":0.5}}"#
                #expect(try await node.admin("POST", "/versions/register", version).status == 201)
                let move = #"{"target_state":"canary","reason":"test"}"#
                #expect(try await node.admin("POST", "/versions/v3/transition", move).status == 200)
                #expect(try await node.admin("PATCH", "/versions/v3/weight", #"{"weight":0.25}"#).status == 200)
                _ = try await node.chat(unit: "someone")
                return try #require(try await node.admin("POST", "/keys", #"{"name":"kept"}"#).json["key"]?.string)
            }
            try await RunningNode.with(folder) { node in
                let version = try await node.admin("GET", "/versions/v3").json
                #expect(version["state"]?.string == "canary")
                #expect(version["weight"]?.jsonText == "0.25")
                #expect(try await node.chat(key: key).status == 200)
                let usage = try await node.admin("GET", "/usage?group_by=key")
                #expect(usage.body.contains("\"app\""), "\(usage.body)")
            }
        }
    }

    @Test("a file that is wrong starts nothing and says where")
    func wrongFile() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration("lisen: x"))
            await #expect(throws: ConfigurationFileError.self) { try await RunningNode.with(folder) { _ in } }
            try folder.write(RunningNode.configuration("keys: [{name: a, key: short}]"))
            await #expect(throws: ConfigurationFileError.self) { try await RunningNode.with(folder) { _ in } }
        }
    }

    @Test("a second process on the same store is refused")
    func twoNodes() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration())
            try await RunningNode.with(folder) { node in
                await #expect(throws: (any Error).self) { try await RunningNode.with(folder) { _ in } }
                let answer = try await node.chat()
                #expect(answer.status == 200)
            }
        }
    }

    @Test("a reload puts a new file in force whole, and refuses a wrong one whole")
    func reload() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration())
            try await RunningNode.with(folder) { node in
                #expect(try await node.chat(model: "more").status == 404)
                let more = RunningNode.standard.replacing(
                    "prices:\n",
                    with: """
                          more:
                            versions: [{version_id: m1, provider: sim, api_version: m, state: production}]
                        prices:

                        """
                )
                try folder.write(RunningNode.configuration(more))
                guard case .applied(let adoption, let needRestart) = await node.node.reload() else {
                    Issue.record("refused")
                    return
                }
                #expect(adoption.changes.added == ["route:more", "version:m1"])
                #expect(needRestart == [])
                #expect(try await node.chat(model: "more").status == 200)

                try folder.write(RunningNode.configuration("providers: {sim: {dialect: simulatd}}"))
                guard case .refused(let reasons) = await node.node.reload() else {
                    Issue.record("a wrong file was put in force")
                    return
                }
                #expect(reasons.first?.contains("sluice.yaml:6:") == true, "\(reasons)")
                #expect(try await node.chat(model: "more").status == 200)

                try folder.write(RunningNode.configuration("providers: {sim: {dialect: simulated}}"))
                #expect(await !node.node.reload().isApplied, "a route that takes traffic vanished")
                #expect(try await node.chat(model: "more").status == 200)
            }
        }
    }

    @Test("a reload under traffic fails no request")
    func reloadUnderTraffic() async throws {
        try await Folder.with { folder in
            let texts = [
                RunningNode.configuration(), RunningNode.configuration() + "\nrelease: {auto_transition: true}",
            ]
            try folder.write(texts[0])
            try await RunningNode.with(folder) { node in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for worker in 0..<3 {
                        group.addTask {
                            var failures = 0
                            for turn in 0..<30 where try await node.chat(unit: "\(worker)-\(turn)").status != 200 {
                                failures += 1
                            }
                            return failures
                        }
                    }
                    for turn in 0..<10 {
                        try folder.write(turn % 3 == 2 ? "not: [valid" : texts[turn % 2])
                        #expect(await node.node.reload().isApplied == (turn % 3 != 2))
                    }
                    for try await failures in group { #expect(failures == 0) }
                }
            }
        }
    }

    @Test("release state in the store wins over the file, and a reload tells the drift")
    func drift() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration())
            try await RunningNode.with(folder) { node in
                _ = try await node.admin("POST", "/versions/v2/transition", #"{"target_state":"canary","reason":"x"}"#)
                guard case .applied(let adoption, _) = await node.node.reload() else {
                    Issue.record("refused")
                    return
                }
                #expect(adoption.drift.map(\.field) == ["state"])
                #expect(adoption.drift.first?.inForce == "canary")
                #expect(try await node.admin("GET", "/versions/v2").json["state"]?.string == "canary")
            }
        }
    }

    @Test("a drain lets a stream end and takes no new request")
    func drain() async throws {
        try await Folder.with { folder in
            let slow = RunningNode.standard.replacing(
                "{output_tokens: 12}",
                with: "{output_tokens: 20, interval: 60ms}"
            )
            try folder.write(RunningNode.configuration(slow))
            let text = try await RunningNode.with(folder) { node in
                let response = try await node.send(
                    "POST",
                    "\(node.addresses.baseURL)/chat/completions",
                    token: RunningNode.key,
                    body: #"{"model":"chat","stream":true,"messages":[{"role":"user","content":"Hello"}]}"#
                )
                #expect(response.status == .ok)
                var text = ""
                var parts = response.body.makeAsyncIterator()
                if let first = try await parts.next() { text += String(buffer: first) }
                async let draining: Void = node.node.shutDown()
                while let part = try await parts.next() { text += String(buffer: part) }
                await draining
                await #expect(throws: (any Error).self) { try await node.chat() }
                return text
            }
            #expect(text.hasSuffix("data: [DONE]\n\n"), "\(text.suffix(200))")
            try await RunningNode.with(folder) { node in
                let usage = try await node.admin("GET", "/usage?group_by=version")
                #expect(usage.body.contains("\"v1\""), "the drained stream is in the ledger: \(usage.body)")
            }
        }
    }
}

extension RunningNode {
    func welcome(_ first: FirstStart) -> String {
        Welcome(file: "sluice.yaml", wroteFile: true, addresses: addresses, firstStart: first, route: "chat").text
    }
}
