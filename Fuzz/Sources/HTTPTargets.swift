// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1
import SluiceHTTP

/// The gate for heads from the open network, fed what a lenient parser would make of the bytes.
func fuzzHead(_ bytes: [UInt8]) {
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    guard let first = lines.first else { return }
    let words = first.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    guard words.count == 3 else { return }
    var headers = HTTPHeaders()
    for line in lines.dropFirst() {
        let parts = line.split(separator: 0x3A, maxSplits: 1, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        // The parser before the gate lets names of letters, digits and dashes (and rarer marks) through only.
        guard parts.count == 2, parts[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { continue }
        headers.add(name: parts[0], value: parts[1].hasPrefix(" ") ? String(parts[1].dropFirst()) : parts[1])
    }
    let version: HTTPVersion = words[2] == "HTTP/1.0" ? .http1_0 : words[2] == "HTTP/1.1" ? .http1_1 : .http2
    let head = HTTPRequestHead(
        version: version,
        method: HTTPMethod(rawValue: words[0]),
        uri: words[1],
        headers: headers
    )
    guard let framing = try? RequestHeadGate.check(head) else { return }
    check(version != .http2, "an unknown version passed")
    let lengths = headers["content-length"]
    let codings = headers["transfer-encoding"]
    check(lengths.isEmpty || codings.isEmpty, "a length and a coding passed")
    check(headers["host"].count == 1 || version == .http1_0, "not exactly one Host passed")
    switch framing.body {
    case .length(let length): check(length >= 0, "a negative length")
    case .chunked: check(version == .http1_1 && codings.count == 1, "chunks where there can be none")
    case .none: check(codings.isEmpty, "a coding without a body")
    }
}

/// The reader of providers' answers: whole, and in pieces whose size the first byte tells.
func fuzzAnswer(_ bytes: [UInt8]) {
    guard let size = bytes.first else { return }
    let answer = Array(bytes.dropFirst())
    let whole = read([answer])
    var pieces: [[UInt8]] = []
    let step = Int(size % 16) + 1
    for start in stride(from: 0, to: answer.count, by: step) {
        pieces.append(Array(answer[start..<min(start + step, answer.count)]))
    }
    let split = read(pieces)
    check(whole.status == split.status, "another head when cut")
    check(whole.ending == split.ending, "another ending when cut")
    if whole.ending != "fault" { check(whole.body == split.body, "another body when cut") }
}

private func read(_ pieces: [[UInt8]]) -> (status: Int, body: [UInt8], ending: String) {
    var reader = AnswerReader()
    var status = 0
    var body: [UInt8] = []
    do {
        for piece in pieces {
            reader.append(ByteBuffer(bytes: piece))
            while let event = try reader.next() {
                switch event {
                case .head(let head): status = Int(head.status)
                case .body(let bytes): body += Array(bytes.readableBytesView)
                case .end: return (status, body, "whole")
                }
            }
        }
        try reader.finish()
        return (status, body, "closed")
    } catch {
        return (status, body, "fault")
    }
}
