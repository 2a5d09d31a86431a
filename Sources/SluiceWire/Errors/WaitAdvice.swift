// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// How long a provider asks to wait in the body of a refusal, or in the fields of its rate limits.
enum WaitAdvice {
    private static let longestText = 40

    /// `2.289s`, `1m30s`, `6m0s`, `250ms`, `1h2m3.5s`, or a number of seconds; seconds.
    static func seconds(_ text: some StringProtocol) -> Double? {
        guard (1...longestText).contains(text.utf8.count) else { return nil }
        var rest = text.utf8[...]
        var sum = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isDigit || $0 == .point }
            guard let number = Double(String(decoding: digits, as: UTF8.self)) else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            rest = rest.dropFirst(unit.count)
            switch String(decoding: unit, as: UTF8.self) {
            case "" where rest.isEmpty && sum == 0: sum = number
            case "ms": sum += number / 1_000
            case "s": sum += number
            case "m": sum += number * 60
            case "h": sum += number * 3_600
            case "d": sum += number * 86_400
            default: return nil
            }
        }
        return sum.isFinite ? sum : nil
    }

    /// `x-ratelimit-reset-requests` and `-tokens` where nothing remains of that; the longer of the two.
    static func limits(header: (String) -> String?) -> Double? {
        ["requests", "tokens"].compactMap { kind -> Double? in
            guard let remaining = header("x-ratelimit-remaining-\(kind)"), remaining.withoutBlanks == "0" else {
                return nil
            }
            return header("x-ratelimit-reset-\(kind)").flatMap { seconds($0.withoutBlanks) }
        }.max()
    }

    /// Google's `RetryInfo`, or a message that says `try again in 2.289s` or `retry in 34.4s`.
    static func body(_ body: RawSpan) -> Double? {
        guard body.byteCount <= 65_536, let value = try? JSONValue(parsing: body) else { return nil }
        let outer = value.array?.first ?? value
        guard let object = outer.object else { return nil }
        let error = object["error"]?.object ?? object
        for detail in error["details"]?.array ?? [] {
            if let delay = detail.object?["retryDelay"]?.string, let seconds = seconds(delay) { return seconds }
        }
        return (error["message"]?.string ?? object["error"]?.string).flatMap(message)
    }

    /// The duration behind `try again in` or `retry in`.
    static func message(_ text: String) -> Double? {
        let text = text.prefix(4_000).lowercased()
        for phrase in ["try again in ", "retry in ", "retry after "] {
            guard let place = text.firstRange(of: phrase) else { continue }
            let words = text[place.upperBound...].prefix(longestText).split(separator: " ", maxSplits: 2)
            guard let first = words.first else { continue }
            // The point that ends a sentence is none of the number.
            let word = first.utf8.last == .point || first.utf8.last == .comma ? first.dropLast() : first
            if let number = Double(word) {
                let unit = words.dropFirst().first ?? ""
                if unit.hasPrefix("second") || unit.isEmpty || unit == "s" {
                    return number.isFinite ? max(0, number) : nil
                }
                if unit.hasPrefix("minute") { return number.isFinite ? max(0, number * 60) : nil }
                if unit.hasPrefix("millisecond") || unit == "ms" {
                    return number.isFinite ? max(0, number / 1_000) : nil
                }
                continue
            }
            if let seconds = seconds(word) { return seconds }
        }
        return nil
    }
}
