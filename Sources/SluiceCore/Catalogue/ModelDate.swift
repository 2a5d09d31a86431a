// SPDX-License-Identifier: Apache-2.0

/// Dates at the end of models' names.
package enum ModelDate {
    /// The name without the date at its end; `nil` where there is none.
    ///
    /// `gpt-4o-2024-08-06` → `gpt-4o`, `claude-sonnet-4-5-20250929` → `claude-sonnet-4-5`, `m@20250929` → `m`.
    package static func undated(_ model: String) -> String? {
        let bytes = Array(model.utf8)
        for form in [#"-dddd-dd-dd"#, #"-dddddddd"#, #"@dddddddd"#] {
            let pattern = Array(form.utf8)
            guard bytes.count > pattern.count else { continue }
            let tail = bytes.suffix(pattern.count)
            guard zip(tail, pattern).allSatisfy({ $1 == UInt8(ascii: "d") ? $0.isASCIIDigit : $0 == $1 }) else {
                continue
            }
            let digits = tail.filter(\.isASCIIDigit).map { Int($0 &- UInt8(ascii: "0")) }
            guard isDate(digits) else { continue }
            return String(decoding: bytes.dropLast(pattern.count), as: UTF8.self)
        }
        return nil
    }

    /// Eight digits: a year of this century, a month and a day.
    private static func isDate(_ digits: [Int]) -> Bool {
        guard digits.count == 8, digits[0] == 2, digits[1] == 0 else { return false }
        return (1...12).contains(digits[4] * 10 + digits[5]) && (1...31).contains(digits[6] * 10 + digits[7])
    }
}
