// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import SluiceJudge
import Testing

@testable import SluiceRelease

@Suite("Metrics")
struct MetricTests {
    @Test("each metric has a name that the judge takes, words of its own, and a place for a value known at the end")
    func names() {
        #expect(Set(Metric.allCases.map(\.id)).count == Metric.allCases.count)
        #expect(Set(Metric.allCases.map(\.facts.name)).count == Metric.allCases.count)
        #expect(Set(Metric.allCases.map(\.facts.label)).count == Metric.allCases.count)
        #expect(Metric.allCases.allSatisfy { Metric($0.id) == $0 && !$0.facts.about.isEmpty })
        #expect(Metric(.equivalence) == nil)
        let slots = Metric.values.compactMap(\.slot)
        #expect(Set(slots).count == slots.count)
        #expect(Metric.values.allSatisfy { ($0.slot == nil) == ($0.facts.clock != nil) })
    }

    @Test("without metrics a plan is judged as the judge's own standard is")
    func standard() throws {
        let plan = try Plan(validating: .object(["preset": "careful"]))
        let library = try JudgeConfiguration.standard(planMinutes: plan.judging.funding.planMinutes)
        #expect(plan.judging.metrics == library.metrics)
    }

    @Test("the documentation has a row for each metric")
    func documentation() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let text = try String(contentsOf: root.appendingPathComponent("docs/rollouts.md"), encoding: .utf8)
        for metric in Metric.allCases {
            let facts = metric.facts
            let (judged, limit) =
                switch facts.standing {
                case .standard(let weight, let tolerance, _):
                    (
                        "without `metrics`",
                        "\(Figures.number(tolerance(Thresholds()))) times\(facts.isEvent ? " the odds" : "");"
                            + " \(Figures.number(weight)) "
                    )
                case .asked: ("where a plan asks for it", "")
                case .always: ("in any plan, only holds", "")
                case .quality(let weight?): ("with `quality`", "1.5 times the odds; \(Figures.number(weight)) ")
                case .quality(nil): ("with `quality`, only holds", "")
                }
            let row = "| `\(metric.rawValue)` | \(judged) | \(facts.about) | \(limit)|"
            #expect(text.contains(row), "docs/rollouts.md lacks: \(row)")
        }
    }

    @Test("what a request tells of each metric; a failed one has no values, a refused one is no error")
    func readings() {
        var source = MetricSource(
            errorClass: nil,
            duration: 1_100_000_000,
            firstToken: 100_000_000,
            usage: Usage(freshInput: 10, output: 50),
            cost: NanoUSD(7_000)
        )
        func events() -> [Bool?] { [Metric.error, .quota, .credential].map { $0.facts.happened(source) } }
        func values() -> [Double?] { Metric.values.map { $0.facts.value(source) } }
        #expect(events() == [false, false, false])
        #expect(Metric.values == [.ttft, .latency, .tpot, .cost, .outputTokens])
        #expect(values() == [100, 1_100, 20, 7_000, 50])
        source.usage?.output = 0
        source.firstToken = nil
        source.cost = nil
        #expect(values() == [nil, 1_100, nil, nil, 0])
        source.errorClass = .timeout
        #expect(events() == [true, false, false] && values() == [nil, nil, nil, nil, nil])
        source.errorClass = .quota
        #expect(events() == [nil, true, false])
        source.errorClass = .credential
        #expect(events() == [nil, false, true])
        source.errorClass = .callerGone
        #expect(events() == [nil, false, false])
    }

    @Test("what an answer shows is told of answered requests alone, and only where it is known")
    func marks() {
        func events(_ marks: AnswerMarks?, _ errorClass: ErrorClass? = nil) -> [Bool?] {
            var source = MetricSource(errorClass: errorClass, duration: 1, firstToken: nil)
            source.marks = marks
            return [Metric.invalidToolCall, .invalidJSON, .emptyAnswer, .finishLength, .refusal, .contentFilter].map {
                $0.facts.happened(source)
            }
        }
        #expect(events(nil) == [nil, nil, nil, nil, nil, nil])
        #expect(events([]) == [false, nil, false, false, false, false])
        #expect(events([.invalidCall, .cutAtLength]) == [true, nil, false, true, false, false])
        #expect(events([.isJSONKnown]) == [false, false, false, false, false, false])
        #expect(events([.isJSONKnown, .invalidJSON, .refused]) == [false, true, false, false, true, false])
        #expect(events([.empty, .filtered]) == [false, nil, true, false, false, true])
        #expect(events([.empty], .truncated) == [nil, nil, nil, nil, nil, nil])
        #expect(events(nil, .contentFilter) == [nil, nil, nil, nil, nil, true])
    }

    @Test("a record's values are told apart, absent ones too")
    func record() {
        var values = MetricValues()
        #expect((-1...MetricValues.capacity).allSatisfy { values[$0] == nil })
        for slot in 0..<MetricValues.capacity { values[slot] = Double(slot) }
        values[MetricValues.capacity] = 9
        #expect((0..<MetricValues.capacity).map { values[$0] } == (0..<MetricValues.capacity).map { Double($0) })
        values[2] = nil
        #expect(values[2] == nil && values[3] == 3)
        var record = EvidenceRecord(serial: 1, arm: .baseline, unit: nil, second: 0)
        record.firstToken = 3
        record.values[.cost] = 5
        #expect(Metric.values.map { record.value(of: $0) } == [3, nil, nil, 5, nil])
    }
}
