// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// The `date` line of answers (RFC 9110 §6.6.1), made once a second.
struct DateLine {
    private var second = Int64.min
    private var line: [UInt8] = []

    /// - Parameter second: since 1970, UTC.
    mutating func line(at second: Int64) -> [UInt8] {
        guard second != self.second else { return line }
        self.second = second
        line = Array("date: \(HTTPDate.text(seconds: second))\r\n".utf8)
        return line
    }
}
