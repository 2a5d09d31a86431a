// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Figures as people read them, the same in alerts, in explanations and on the command line.
package enum Figures {
    /// Three significant digits at most: `0.034`, `12.5`, `785`.
    package static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        if value == 0 { return "0" }
        if abs(value) < 1e-6 { return "\(value)" }
        var scale = 1.0
        while abs(value) * scale < 100, scale < 1e8 { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)"
    }

    /// A share of one: `5%`, `12.5%`, `0.034%`.
    package static func percent(_ share: Double) -> String { "\(number(share * 100))%" }

    /// What a stake of 1 has become, given as its logarithm: `785`, `0.24`.
    ///
    /// A number of its own, no odds: what is at least 1/alpha rolls back, and says nothing of how probable a fault is.
    package static func evidence(_ logEvidence: Double) -> String {
        if logEvidence.isNaN { return "0" }
        if logEvidence > 13.8 { return "over a million" }
        if logEvidence < -6.9 { return "below 0.001" }
        let value = exp(logEvidence)
        return value < 100 ? number((value * 100).rounded() / 100) : "\(Int64(value.rounded()))"
    }

    /// The same beside the level at which it decides: `785 (rolls back at 100)`.
    package static func evidence(_ logEvidence: Double, rollsBackAt logThreshold: Double) -> String {
        "\(evidence(logEvidence)) (rolls back at \(evidence(logThreshold)))"
    }

    /// How seldom something is, at most: `1 in 10 thousand`, `1 in 1 billion`; what is rarer is told no finer.
    package static func seldom(_ times: Int64) -> String {
        let known: [(Int64, String)] = [(1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand")]
        let times = min(max(1, times), 1_000_000_000)
        guard let (unit, name) = known.first(where: { $0.0 <= times }) else { return "1 in \(times)" }
        return "1 in \(times / unit) \(name)"
    }

    /// Seconds: `90s`, `15m`, `2h 30m`, `2d 4h`.
    package static func duration(_ seconds: Int64) -> String {
        func pair(_ unit: Int64, _ name: String, _ smaller: Int64, _ smallName: String) -> String {
            let rest = seconds % unit / smaller
            return "\(seconds / unit)\(name)" + (rest == 0 ? "" : " \(rest)\(smallName)")
        }
        switch seconds {
        case ..<120: return "\(seconds)s"
        case ..<7_200: return pair(60, "m", 1, "s")
        case ..<172_800: return pair(3_600, "h", 60, "m")
        default: return pair(86_400, "d", 3_600, "h")
        }
    }

    /// Milliseconds: `450 ms`, `1.2 s`.
    package static func milliseconds(_ value: Double) -> String {
        value >= 1_000 ? "\(number(value / 1_000)) s" : "\(number(value)) ms"
    }
}
