// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// How long a provider asks to wait.
package enum RetryAfter {
    /// Reads `retry-after-ms`, then `x-ms-retry-after-ms`, then `retry-after` (seconds or an HTTP date).
    ///
    /// - Parameter header: the first value of a header, by its name in lower case.
    /// - Returns: 0 for a past date, at most a day; `nil` where nothing was said or understood.
    package static func parse(now: Timestamp, header: (String) -> String?) -> Duration? { nil }
}
