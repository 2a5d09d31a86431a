// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
package import SluiceCore

/// How long a provider asks to wait.
package enum RetryAfter {
    private static let longest: Double = 86_400

    /// Reads `retry-after-ms`, then `x-ms-retry-after-ms`, then `retry-after` (seconds or an HTTP date), then the rate limits
    /// of which nothing remains (`x-ratelimit-reset-requests`, `-tokens`), then the body.
    ///
    /// - Parameters:
    ///   - body: of a refusal; Google's `RetryInfo` and messages such as "try again in 2.289s" are read.
    ///   - header: the first value of a header, by its name in lower case.
    /// - Returns: 0 for a past date, at most a day; `nil` where nothing was said or understood.
    package static func parse(now: Timestamp, body: RawSpan, header: (String) -> String?) -> Duration? {
        if let wait = parse(now: now, header: header) { return wait }
        return (WaitAdvice.limits(header: header) ?? WaitAdvice.body(body)).map { duration(seconds: $0) }
    }

    /// The same of the fields that say nothing but this.
    package static func parse(now: Timestamp, header: (String) -> String?) -> Duration? {
        for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
            if let milliseconds = header(name).flatMap(number) { return duration(seconds: milliseconds / 1_000) }
        }
        guard let text = header("retry-after") else { return nil }
        if let seconds = number(text) { return duration(seconds: seconds) }
        guard let date = HTTPDate.seconds(text, now: now) else { return nil }
        let nowSeconds = Double(now.nanoseconds) / 1_000_000_000
        return duration(seconds: max(0, Double(date) - nowSeconds))
    }

    private static func duration(seconds: Double) -> Duration {
        .nanoseconds(Int64((min(seconds, longest) * 1_000_000_000).rounded()))
    }

    /// A number that is not negative, written with digits, a point and an exponent only.
    private static func number(_ text: String) -> Double? {
        let trimmed = text.withoutBlanks
        guard trimmed.utf8.count <= 40, let first = trimmed.utf8.first,
            first.isDigit || first == .point,
            trimmed.utf8.allSatisfy({ byte in
                byte.isDigit || byte == .point || byte | 0x20 == UInt8(ascii: "e")
                    || byte == UInt8(ascii: "+") || byte == .minus
            }), let value = Double(trimmed)
        else { return nil }
        return value
    }
}
