// SPDX-License-Identifier: Apache-2.0
import RealModule

/// The evidence of one simulated run over time, and its picture.
public struct EvidencePath: Sendable {
    /// The evidence after one block.
    public struct Point: Sendable, Hashable {
        public var second: Int
        /// `log E`, one for each name.
        public var logEvidence: [Double]
    }

    public let names: [String]
    public let points: [Point]
    private let title: String
    private let onset: Int
    private let logThreshold: Double

    init(scenario: Scenario, names: [String], points: [Point]) {
        self.names = names
        self.points = points
        title = scenario.summary
        onset = scenario.onset
        logThreshold = -.log(scenario.alpha)
    }

    /// The picture as SVG, 960 × 400: `log10 E` over time, the line of rollback, and the onset of the fault.
    ///
    /// Ends a little after the first crossing, so that the crossing can be seen.
    public var svg: String {
        let shown = visible
        let last = Double(max(1, shown.last?.second ?? 1))
        let peak = shown.flatMap(\.logEvidence).max() ?? 0
        let trough = shown.flatMap(\.logEvidence).min() ?? 0
        let high = min(max(logThreshold * 1.5, peak), logThreshold * 4)
        let low = max(min(-1, trough), -logThreshold * 3)
        let frame = Frame(last: last, low: low, high: high)
        var parts = [Self.head(title)]
        parts.append(frame.rule(at: 0, "E = 1", "#999999"))
        parts.append(frame.rule(at: logThreshold, "rollback: E = 1/alpha", "#c0392b"))
        if onset > 0, Double(onset) < last { parts.append(frame.onset(Double(onset))) }
        let colours = ["#1f77b4", "#2ca02c", "#9467bd"]
        for (index, name) in names.enumerated() {
            let colour = colours[index % colours.count]
            parts.append(frame.line(shown.map { ($0.second, $0.logEvidence[index]) }, colour))
            let x = 80 + 200 * index
            parts.append("<text x=\"\(x)\" y=\"390\" fill=\"\(colour)\">\(name)</text>")
        }
        parts.append("<text x=\"940\" y=\"390\" text-anchor=\"end\">\(Int(last)) s</text>")
        parts.append("</svg>\n")
        return parts.joined(separator: "\n")
    }

    /// The points up to one and a quarter times the last first crossing, some four hundred of them.
    private var visible: [Point] {
        let crossing = names.indices.map { index in
            points.first { $0.logEvidence[index] >= logThreshold }?.second ?? .max
        }
        let last = crossing.filter { $0 != .max }.max().map { max($0 + ($0 - onset) / 4, onset + 60) } ?? .max
        let shown = points.prefix { $0.second <= last }
        let stride = max(1, shown.count / 400)
        return shown.enumerated().filter { $0.offset % stride == 0 || $0.offset == shown.count - 1 }.map(\.element)
    }

    private static func head(_ title: String) -> String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="960" height="400" font-family="sans-serif" font-size="13">
        <rect width="960" height="400" fill="white"/>
        <text x="80" y="22" font-size="15">\(title)</text>
        """
    }

    private struct Frame {
        var last: Double
        var low: Double
        var high: Double

        func x(_ second: Double) -> Int { 80 + Int(860 * second / last) }
        func y(_ value: Double) -> Int { 360 - Int(320 * (min(max(value, low), high) - low) / (high - low)) }

        func rule(at value: Double, _ text: String, _ colour: String) -> String {
            let y = y(value)
            return """
                <line x1="80" y1="\(y)" x2="940" y2="\(y)" stroke="\(colour)" stroke-dasharray="5 4"/>
                <text x="84" y="\(y - 5)" fill="\(colour)">\(text)</text>
                """
        }

        func onset(_ second: Double) -> String {
            let x = x(second)
            return """
                <line x1="\(x)" y1="40" x2="\(x)" y2="360" stroke="#e67e22" stroke-dasharray="2 3"/>
                <text x="\(x + 4)" y="52" fill="#e67e22">fault begins</text>
                """
        }

        func line(_ points: [(Int, Double)], _ colour: String) -> String {
            let path = points.map { "\(x(Double($0.0))),\(y($0.1))" }.joined(separator: " ")
            return "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.5\"/>"
        }
    }
}
