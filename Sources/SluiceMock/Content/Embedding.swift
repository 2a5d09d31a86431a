// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// A vector of length one that follows from a seed, a model and a text.
struct Embedding {
    let values: [Float]

    init(of text: String, model: String, drift: Int, dimensions: Int, seed: UInt64) {
        var dice = Dice(seed: seed, "embedding", model, "\(drift)", text)
        let raw = (0..<dimensions).map { _ in dice.fraction() * 2 - 1 }
        let length = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
        values = raw.map { Float(length > 0 ? $0 / length : 0) }
    }

    var json: String { "[\(values.map { "\($0)" }.joined(separator: ","))]" }

    /// The values as little-endian 32-bit floats in base 64, in quotes.
    var base64: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * 4)
        for value in values {
            let bits = value.bitPattern
            for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        return "\"\(Data(bytes).base64EncodedString())\""
    }
}
