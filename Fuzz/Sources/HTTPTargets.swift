// SPDX-License-Identifier: Apache-2.0
import Foundation
import NIOCore
import SluiceHTTP

/// The gate for heads from the open network.
func fuzzHead(_ bytes: [UInt8]) {
    guard let head = try? RequestHeadRules.read(ByteBuffer(bytes: bytes)) else { return }
    let start = head.bytes.readerIndex + head.lines.lowerBound
    let text = head.bytes.getString(at: start, length: head.lines.count) ?? ""
    let lines = text.lowercased().components(separatedBy: "\r\n")
    func count(_ name: String) -> Int { lines.count { $0.hasPrefix(name + ":") } }
    check(count("content-length") == 0 || count("transfer-encoding") == 0, "a length and a coding passed")
    check(count("host") == 1 || head.isHTTP10, "not exactly one Host passed")
    let all = head.lines
    head.forEachField { _, _, place in
        check(all.lowerBound <= place.lowerBound && place.upperBound <= all.upperBound, "a field outside")
    }
    switch head.framing.body {
    case .length(let length): check(length > 0 && count("content-length") == 1, "a length that is none")
    case .chunked: check(!head.isHTTP10 && count("transfer-encoding") == 1, "chunks where there can be none")
    case .none: check(count("transfer-encoding") == 0, "a coding without a body")
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
    let reader = AnswerReader()
    var status = 0
    var body: [UInt8] = []
    do {
        for piece in pieces {
            reader.append(ByteBuffer(bytes: piece))
            guard try reader.readHead() else { continue }
            status = reader.head.status
            while let bytes = try reader.nextPiece() { body += Array(bytes.readableBytesView) }
            if reader.isOver { return (status, body, "whole") }
        }
        try reader.finish()
        return (status, body, "closed")
    } catch {
        return (status, body, "fault")
    }
}
