// SPDX-License-Identifier: Apache-2.0
import SluiceCore
#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How a quantity is spread: durations in milliseconds, counts in pieces; never below zero.
package enum Spread: Sendable, Equatable {
    case fixed(Double)
    case uniform(Double, Double)
    /// Log-normal by its median and its 99th percentile.
    case logNormal(p50: Double, p99: Double)

    package enum Unit: Sendable { case milliseconds, count }

    /// Reads `200ms`, `100ms-300ms` or `p50=200ms,p99=900ms`; a count is written without a unit.
    package init?(_ text: String, unit: Unit) {
        if text.hasPrefix("p50=") {
            let parts = text.split(separator: ",")
            guard parts.count == 2, let high = parts.last, high.hasPrefix("p99="),
                let p50 = Spread.number(parts[0].dropFirst(4), unit), let p99 = Spread.number(high.dropFirst(4), unit),
                p50 > 0, p99 >= p50
            else { return nil }
            self = .logNormal(p50: p50, p99: p99)
            return
        }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        switch parts.count {
        case 1:
            guard let value = Spread.number(parts[0], unit) else { return nil }
            self = .fixed(value)
        case 2:
            guard let low = Spread.number(parts[0], unit), let high = Spread.number(parts[1], unit), low <= high
            else { return nil }
            self = .uniform(low, high)
        default: return nil
        }
    }

    /// One value; a fixed spread draws nothing from the dice.
    func draw(_ dice: inout Dice) -> Double {
        switch self {
        case .fixed(let value): return value
        case .uniform(let low, let high): return low + (high - low) * dice.fraction()
        case .logNormal(let p50, let p99):
            // Box–Muller; 2.3263… is the 99th percentile of the standard normal distribution.
            let radius = (-2 * log(1 - dice.fraction())).squareRoot()
            let normal = radius * cos(2 * Double.pi * dice.fraction())
            return p50 * exp(normal * log(p99 / p50) / 2.326347874040841)
        }
    }

    /// One duration, at most an hour.
    func duration(_ dice: inout Dice) -> Duration {
        .microseconds(Int64((Swift.min(draw(&dice), 3_600_000) * 1_000).rounded()))
    }

    /// One count, at most a million.
    func count(_ dice: inout Dice) -> Int { Int(Swift.min(draw(&dice), 1_000_000).rounded()) }

    /// The text `init` reads.
    package func text(unit: Unit) -> String {
        func one(_ value: Double) -> String {
            let digits = value == value.rounded() && value < 1e15 ? "\(Int64(value))" : "\(value)"
            return unit == .milliseconds ? "\(digits)ms" : digits
        }
        return switch self {
        case .fixed(let value): one(value)
        case .uniform(let low, let high): "\(one(low))-\(one(high))"
        case .logNormal(let p50, let p99): "p50=\(one(p50)),p99=\(one(p99))"
        }
    }

    private static func number(_ text: Substring, _ unit: Unit) -> Double? {
        let (digits, factor): (Substring, Double)
        switch unit {
        case .count: (digits, factor) = (text, 1)
        case .milliseconds:
            if text.hasSuffix("us") {
                (digits, factor) = (text.dropLast(2), 0.001)
            } else if text.hasSuffix("ms") {
                (digits, factor) = (text.dropLast(2), 1)
            } else if text.hasSuffix("s") {
                (digits, factor) = (text.dropLast(1), 1_000)
            } else if text.hasSuffix("m") {
                (digits, factor) = (text.dropLast(1), 60_000)
            } else if text == "0" {
                (digits, factor) = (text, 1)
            } else {
                return nil
            }
        }
        guard digits.utf8.allSatisfy({ $0.isASCIIDigit || $0 == UInt8(ascii: ".") }), let value = Double(digits),
            value * factor <= 1e12
        else { return nil }
        return value * factor
    }
}
