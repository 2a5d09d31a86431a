// SPDX-License-Identifier: Apache-2.0

/// The `service_tier` by which a provider says it served an answer.
enum ServiceTier {
    /// Whether the tier whose text the cursor stands at has prices of its own, as `flex` and `priority` do; moves over it.
    ///
    /// `default`, `auto`, `standard` and `on_demand` are what a price card is for.
    static func isOther(_ bytes: RawSpan, _ cursor: inout JSONCursor, depth: Int) throws(JSONFault) -> Bool {
        let start = cursor.position
        try cursor.skipValue(bytes, depth: depth)
        return isOther(bytes, start + 1..<max(start + 1, cursor.position - 1))
    }

    /// - Parameter name: where the tier's name stands, without quotes.
    static func isOther(_ bytes: RawSpan, _ name: Range<Int>) -> Bool {
        switch name.count {
        case 0: false
        case 4: !bytes.equals("auto", in: name)
        case 7: !bytes.equals("default", in: name)
        case 8: !bytes.equals("standard", in: name)
        case 9: !bytes.equals("on_demand", in: name)
        default: true
        }
    }
}
