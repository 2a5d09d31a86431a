// SPDX-License-Identifier: Apache-2.0

/// The values of a request that are known at its end, by ``Metric/slot``: a few numbers without an allocation.
package struct MetricValues: Sendable, Hashable {
    /// The most values.
    package static let capacity = 8

    /// Bit patterns, so that absent values are equal.
    private var first = absent
    private var second = absent
    private var third = absent
    private var fourth = absent
    private var fifth = absent
    private var sixth = absent
    private var seventh = absent
    private var eighth = absent

    /// A pattern that no number has.
    private static let absent = UInt64.max

    package init() {}

    package subscript(slot: Int) -> Double? {
        get {
            let bits =
                switch slot {
                case 0: first
                case 1: second
                case 2: third
                case 3: fourth
                case 4: fifth
                case 5: sixth
                case 6: seventh
                case 7: eighth
                default: MetricValues.absent
                }
            return bits == MetricValues.absent ? nil : Double(bitPattern: bits)
        }
        set {
            let bits = newValue?.bitPattern ?? MetricValues.absent
            switch slot {
            case 0: first = bits
            case 1: second = bits
            case 2: third = bits
            case 3: fourth = bits
            case 4: fifth = bits
            case 5: sixth = bits
            case 6: seventh = bits
            case 7: eighth = bits
            default: break
            }
        }
    }

    package subscript(metric: Metric) -> Double? {
        get { metric.slot.flatMap { self[$0] } }
        set { if let slot = metric.slot { self[slot] = newValue } }
    }
}
