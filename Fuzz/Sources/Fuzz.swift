// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP
import SluiceNode
import SluiceWire

#if canImport(Glibc)
    import Glibc
#endif

/// What libFuzzer calls with each input; the target is named by the environment variable `FUZZ_TARGET`.
///
/// A target traps where a rule is broken: that input is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

private let target: @Sendable ([UInt8]) -> Void = {
    let targets: [String: @Sendable ([UInt8]) -> Void] = [
        "head": fuzzHead, "answer": fuzzAnswer, "json": fuzzJSON, "events": fuzzEvents, "usage": fuzzUsage,
        "wait": fuzzWait, "translate": fuzzTranslate, "config": fuzzConfiguration, "keys": fuzzKeys,
        "frames": fuzzFrames,
        "files": fuzzFiles, "schema": fuzzSchema, "pattern": fuzzPattern,
    ]
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = targets[name] else {
        print("FUZZ_TARGET is one of \(targets.keys.sorted().joined(separator: ", "))")
        exit(2)
    }
    return target
}()

/// Traps with a message that the optimiser leaves.
func check(_ condition: Bool, _ message: @autoclosure () -> String) {
    guard !condition else { return }
    let text = Array("finding: \(message())\n".utf8)
    _ = text.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    abort()
}
