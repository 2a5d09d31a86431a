// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Names that follow each other in an outcome.
struct RequestNames {
    var key: KeyID?
    var route: RouteID?
    var version: VersionID?
}

/// Names that follow each other in an attempt of an outcome.
struct AttemptNames {
    var provider: ProviderID
    var model: String
    var version: VersionID
}

/// The last few values that fields following each other had, with the bytes they were read from.
///
/// Fields say where they end: where the same bytes stand again, the same values do.
struct RecentValues<Value> {
    private static var kept: Int { 4 }
    /// Longer ones are not worth a comparison.
    private static var longest: Int { 512 }

    private var spellings: [[UInt8]] = []
    private(set) var values: [Value] = []
    private var oldest = 0

    /// Which of the values some bytes begin with.
    func match(_ bytes: [UInt8], in rest: Range<Int>) -> Int? {
        for index in spellings.indices {
            let length = spellings[index].count
            guard length <= rest.count else { continue }
            let part = rest.lowerBound..<(rest.lowerBound + length)
            if bytes.isSame(in: part, as: spellings[index]) { return index }
        }
        return nil
    }

    /// How many bytes one of the values has.
    func length(of index: Int) -> Int { spellings[index].count }

    mutating func keep(_ value: Value, _ bytes: ArraySlice<UInt8>) {
        guard bytes.count <= Self.longest else { return }
        if values.count < Self.kept {
            spellings.append(Array(bytes))
            values.append(value)
        } else {
            spellings[oldest] = Array(bytes)
            values[oldest] = value
            oldest = (oldest + 1) % Self.kept
        }
    }
}
