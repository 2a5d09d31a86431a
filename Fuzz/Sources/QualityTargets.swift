// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceQuality

/// A JSON Schema and a value on the next line: read, compiled and checked within its budget.
func fuzzSchema(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
    let documents = parts.map { try? ExactDocument(parsing: $0) }
    for (part, document) in zip(parts, documents) {
        if holdsSurrogate(part) { continue }
        let read = try? JSONValue(parsing: Array(part), limits: JSONLimits(depth: 128, members: 1_000_000))
        check((read != nil) == (document != nil), "JSON for one reader only: \(String(decoding: part, as: UTF8.self))")
    }
    guard let first = documents.first, let document = first else { return }
    check(document.value == document.value && document.value.isLike(document.value), "a value that is not itself")
    guard let schema = try? JSONSchema(document.value) else { return }
    for value in [document.value, documents.last??.value ?? .null] {
        let verdict = schema.verdict(on: value, budget: 2_000)
        guard verdict.fits != nil else { continue }
        check(schema.verdict(on: value, budget: 4_000) == verdict, "another verdict in more time")
    }
}

/// A regular expression and a text on the next line.
func fuzzPattern(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    guard let text = parts.first, let pattern = try? Pattern(text) else { return }
    let subject = parts.count > 1 ? parts[1] : text
    var budget = 20_000
    let found = pattern.matches(subject, budget: &budget)
    check(found == nil || budget >= 0, "more steps than were allowed")
    guard let found, let grouped = try? Pattern("(?:\(text))") else { return }
    var more = 40_000
    let again = grouped.matches(subject, budget: &more)
    check(again == found, "in a group it is another: \(text.debugDescription) at \(subject.debugDescription)")
}
