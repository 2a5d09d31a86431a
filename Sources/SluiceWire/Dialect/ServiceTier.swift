// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// The `service_tier` by which a provider says it served an answer, and the `speed` and place that some name beside it.
enum ServiceTier {
    /// Of what was asked for in batches.
    static let batch = "batch"

    /// Whether a member of a usage names one of these.
    static func isNamed(_ bytes: RawSpan, _ name: Range<Int>) -> Bool {
        switch name.count {
        case 5: bytes.equals("speed", in: name)
        case 12: bytes.equals("service_tier", in: name)
        case 13: bytes.equals("inference_geo", in: name)
        default: false
        }
    }

    /// The tier whose text the cursor stands at, if it has prices of its own, as `flex` and `priority` do; else nothing.
    ///
    /// Moves over it. `default`, `auto`, `standard`, `on_demand` and, of places, `global` are what a price card is for.
    static func name(_ bytes: RawSpan, _ cursor: inout JSONCursor, depth: Int) throws(JSONFault) -> String {
        let start = cursor.position
        try cursor.skipValue(bytes, depth: depth)
        return name(bytes, start + 1..<max(start + 1, cursor.position - 1))
    }

    /// - Parameter range: where the tier's name stands, without quotes.
    static func name(_ bytes: RawSpan, _ range: Range<Int>) -> String {
        guard isOther(bytes, range) else { return "" }
        let text = bytes.copy(range.prefix(longest)).map { byte in
            byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
        }
        guard
            text.allSatisfy({
                $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") || $0 == .minus || $0 == UInt8(ascii: ".")
            })
        else { return "other" }
        return String(decoding: text, as: UTF8.self)
    }

    /// The tier in an object, `{"type": "priority"}`; `nil` where it names none.
    ///
    /// - Parameter range: where the object stands.
    static func name(inObject bytes: RawSpan, _ range: Range<Int>) -> String? {
        guard range.upperBound <= bytes.byteCount else { return nil }
        var cursor = JSONCursor(at: range.lowerBound)
        return try? name(inObject: bytes.extracting(0..<range.upperBound), &cursor, depth: 1)
    }

    /// Moves over the object at the cursor.
    static func name(inObject bytes: RawSpan, _ cursor: inout JSONCursor, depth: Int) throws(JSONFault) -> String? {
        var tier: String?
        guard try cursor.enter(bytes, closing: .closeBrace) else { return nil }
        repeat {
            let named = try cursor.name(bytes).range
            if try cursor.peek(bytes) == .quote, bytes.equals("type", in: named) {
                tier = try name(bytes, &cursor, depth: depth + 1)
            } else {
                try cursor.skipValue(bytes, depth: depth + 1)
            }
        } while try cursor.next(bytes, closing: .closeBrace)
        return tier
    }

    private static let longest = 32

    private static func isOther(_ bytes: RawSpan, _ name: Range<Int>) -> Bool {
        switch name.count {
        case 0: false
        case 4: !bytes.equals("auto", in: name)
        case 6: !bytes.equals("global", in: name)
        case 7: !bytes.equals("default", in: name)
        case 8: !bytes.equals("standard", in: name)
        case 9: !bytes.equals("on_demand", in: name)
        case 13: !bytes.equals("not_available", in: name)
        default: true
        }
    }
}
