// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Counters, gauges and histograms by name, written out in the Prometheus text format 0.0.4.
///
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/. A series is made once and kept; changing one is
/// a lock and an addition. Labels must be of low cardinality, since no series ever goes away.
package final class MetricRegistry: Sendable {
    enum Kind: String { case counter, gauge, histogram }

    struct Family {
        var name: String
        var help: String
        var kind: Kind
        var labels: [String]
        var series: [[String]: any Series] = [:]
        /// Read when the text is asked for, in place of series.
        var read: (@Sendable () -> [MetricSample])?
    }

    private let families = Mutex<[String: Family]>([:])

    package init() {}

    /// The media type of ``text()``.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// A family of counters; by convention its name ends in `_total`.
    package func counter(_ name: String, _ help: String, labels: [String] = []) -> MetricFamily<Counter> {
        declare(name, help, .counter, labels)
        return MetricFamily(registry: self, name: name) { Counter() }
    }

    /// A family of gauges.
    package func gauge(_ name: String, _ help: String, labels: [String] = []) -> MetricFamily<Gauge> {
        declare(name, help, .gauge, labels)
        return MetricFamily(registry: self, name: name) { Gauge() }
    }

    /// A family of histograms with the same upper bounds, ascending; `+Inf` is added.
    package func histogram(
        _ name: String,
        _ help: String,
        labels: [String] = [],
        bounds: [Double] = HistogramBounds.seconds
    ) -> MetricFamily<HistogramSeries> {
        declare(name, help, .histogram, labels)
        return MetricFamily(registry: self, name: name) { HistogramSeries(bounds: bounds) }
    }

    /// A family of gauges whose values are asked for when the text is.
    package func gauge(
        _ name: String,
        _ help: String,
        labels: [String] = [],
        reading read: @escaping @Sendable () -> [MetricSample]
    ) {
        declare(name, help, .gauge, labels, read)
    }

    /// A family of counters that somebody else counts, asked for when the text is.
    package func counter(
        _ name: String,
        _ help: String,
        labels: [String] = [],
        reading read: @escaping @Sendable () -> [MetricSample]
    ) {
        declare(name, help, .counter, labels, read)
    }

    private func declare(
        _ name: String,
        _ help: String,
        _ kind: Kind,
        _ labels: [String],
        _ read: (@Sendable () -> [MetricSample])? = nil
    ) {
        precondition(MetricName.isMetric(name), "\(name) is no metric name")
        precondition(labels.allSatisfy(MetricName.isLabel), "\(name) has a label that is no label name")
        families.withLock { families in
            precondition(families[name] == nil, "\(name) is declared twice")
            families[name] = Family(name: name, help: help, kind: kind, labels: labels, read: read)
        }
    }

    /// The series with these label values, made where it is not there yet.
    func series<Kept: Series>(_ name: String, _ values: [String], make: () -> Kept) -> Kept {
        families.withLock { families in
            precondition(families[name]?.labels.count == values.count, "\(name) got other labels than declared")
            if let known = families[name]?.series[values] as? Kept { return known }
            let made = make()
            families[name]?.series[values] = made
            return made
        }
    }

    /// Everything, families in the order of their names, series in the order of their labels.
    package func text() -> String {
        let all = families.withLock { $0.values.sorted { $0.name < $1.name } }
        var text = ExpositionText()
        for family in all { text.write(family) }
        return text.text
    }
}

/// One family, typed: gives the series of some label values.
package struct MetricFamily<Kept: Series>: Sendable {
    let registry: MetricRegistry
    let name: String
    let make: @Sendable () -> Kept

    /// The series with these label values, in the order the labels were declared; keep it where it is used often.
    package func with(_ values: String...) -> Kept { registry.series(name, values, make: make) }
}

/// A value read at the moment of writing.
package struct MetricSample: Sendable, Equatable {
    /// In the order the labels were declared.
    package var labels: [String]
    package var value: Double

    package init(_ labels: [String] = [], _ value: Double) {
        self.labels = labels
        self.value = value
    }
}

/// What a metric and a label may be called.
enum MetricName {
    static func isMetric(_ name: String) -> Bool { isName(name, colon: true) }

    static func isLabel(_ name: String) -> Bool {
        isName(name, colon: false) && !name.hasPrefix("__") && name != "le" && name != "quantile"
    }

    private static func isName(_ name: String, colon: Bool) -> Bool {
        guard let first = name.utf8.first, !isDigit(first) else { return false }
        return name.utf8.allSatisfy { byte in
            let lowercased = byte | 0x20
            return lowercased >= UInt8(ascii: "a") && lowercased <= UInt8(ascii: "z") || isDigit(byte)
                || byte == UInt8(ascii: "_") || colon && byte == UInt8(ascii: ":")
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
