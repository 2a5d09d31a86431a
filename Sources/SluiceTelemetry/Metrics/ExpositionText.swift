// SPDX-License-Identifier: Apache-2.0

/// The Prometheus text format, written family by family.
struct ExpositionText {
    private(set) var text = ""

    mutating func write(_ family: MetricRegistry.Family) {
        text += "# HELP \(family.name) \(ExpositionText.escaped(family.help, quotes: false))\n"
        text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
        if let read = family.read {
            for sample in read() where sample.labels.count == family.labels.count {
                line(family.name, family.labels, sample.labels, sample.value)
            }
            return
        }
        for (values, series) in family.series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            switch series.state {
            case .value(let value): line(family.name, family.labels, values, value)
            case .histogram(let bounds, let counts, let sum):
                write(family, values, bounds: bounds, counts: counts, sum: sum)
            }
        }
    }

    private mutating func write(
        _ family: MetricRegistry.Family,
        _ values: [String],
        bounds: [Double],
        counts: [UInt64],
        sum: Double
    ) {
        var total: UInt64 = 0
        for (bound, count) in zip(bounds + [.infinity], counts) {
            total += count
            let labels = family.labels + ["le"]
            line("\(family.name)_bucket", labels, values + [ExpositionText.number(bound)], Double(total))
        }
        line("\(family.name)_sum", family.labels, values, sum)
        line("\(family.name)_count", family.labels, values, Double(total))
    }

    private mutating func line(_ name: String, _ labels: [String], _ values: [String], _ value: Double) {
        text += name
        if !labels.isEmpty {
            let pairs = zip(labels, values).map { "\($0)=\"\(ExpositionText.escaped($1, quotes: true))\"" }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(ExpositionText.number(value))\n"
    }

    /// A float as Go reads it: `+Inf`, `-Inf`, `NaN`, and whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return "\(value)"
    }

    /// Backslash and line feed, in label values double quotes too, are escaped.
    static func escaped(_ text: String, quotes: Bool) -> String {
        guard
            text.utf8.contains(where: {
                $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\"")
            })
        else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
