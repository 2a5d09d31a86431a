// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceQuality
import Testing

/// What Tests/Oracles/oracles.py made; absent where nobody ran it.
enum Oracle {
    static let directory = ProcessInfo.processInfo.environment["SLUICE_ORACLES"]

    static func lines(_ name: String) throws -> [ExactObject] {
        let text = try String(contentsOfFile: "\(directory ?? "")/\(name)", encoding: .utf8)
        return try text.split(separator: "\n").map { try ExactDocument(parsing: $0.utf8).value.object ?? ExactObject() }
    }
}

@Suite("Beside other implementations", .enabled(if: Oracle.directory != nil))
struct OracleTests {
    @Test("similarities are Python's, to the last bit")
    func similarity() throws {
        var compared = 0
        for line in try Oracle.lines("similarity.jsonl") {
            let first = try #require(line["first"]?.text)
            let second = try #require(line["second"]?.text)
            let difflib = Similarity.difflib(first, second)
            let similarity = Similarity.of(first, second)?.ratio
            compared += 1
            guard difflib == line["difflib"]?.number?.nearest, similarity == line["similarity"]?.number?.nearest else {
                Issue.record(
                    "'\(first)' and '\(second)': \(String(describing: difflib)), \(String(describing: similarity))"
                )
                return
            }
        }
        #expect(compared >= 500)
    }

    @Test("JSON-Schema-Test-Suite's draft 2020-12 passes")
    func schemas() throws {
        var documents: [String: ExactJSON] = [:]
        for line in try Oracle.lines("documents.jsonl") {
            documents[try #require(line["uri"]?.text)] = try ExactDocument(
                parsing: try #require(line["document"]?.text)
            ).value
        }
        var checked = 0
        for file in try Oracle.lines("schemas.jsonl") {
            let name = file["file"]?.text ?? ""
            let groups = try ExactDocument(parsing: try #require(file["groups"]?.text)).value.array ?? []
            for group in groups.compactMap(\.object) {
                let title = "\(name): \(group["description"]?.text ?? "")"
                let schema: JSONSchema
                do {
                    schema = try JSONSchema(try #require(group["schema"]), others: documents)
                } catch {
                    Issue.record("\(title): \(error)")
                    continue
                }
                for test in (group["tests"]?.array ?? []).compactMap(\.object) {
                    let verdict = schema.verdict(on: try #require(test["data"]))
                    checked += 1
                    #expect(
                        verdict.fits == test["valid"]?.bool,
                        "\(title): \(test["description"]?.text ?? ""): \(verdict)"
                    )
                }
            }
        }
        #expect(checked > 1_200)
    }
}
