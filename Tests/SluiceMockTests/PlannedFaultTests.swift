// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceMock

@Suite("Plans of faults")
struct PlannedFaultTests {
    private func plan(_ json: String) throws -> FaultPlan { try FaultPlan(JSONValue(parsing: Array(json.utf8))) }

    private func drawn(_ plan: FaultPlan, _ count: Int, model: String = "m", at elapsed: Duration = .zero) -> [String?]
    {
        var counts = Array(repeating: 0, count: plan.rules.count)
        return (0..<count).map { number in
            var dice = Dice(seed: 7, "plan", "\(number)")
            return plan.fault(model: model, elapsed: elapsed, counts: &counts, dice: &dice)?.text
        }
    }

    @Test("a rule holds for its numbers, counted from one")
    func numbers() throws {
        let plan = try plan(#"{"faults":[{"fault":"cut","requests":"2-3"},{"fault":"hang","requests":5}]}"#)
        #expect(drawn(plan, 6) == [nil, "cut", "cut", nil, "hang", nil])
    }

    @Test("every n-th begins with the first")
    func every() throws {
        #expect(drawn(try plan(#"[{"fault":"cut","every":3}]"#), 7) == ["cut", nil, nil, "cut", nil, nil, "cut"])
    }

    @Test("a share is met by chance that follows from the seed")
    func share() throws {
        let plan = try plan(#"[{"fault":"cut","share":0.25}]"#)
        let hits = drawn(plan, 4_000).compactMap { $0 }.count
        #expect((900...1_100).contains(hits))
        #expect(drawn(plan, 50) == drawn(plan, 50))
    }

    @Test("a window of time includes its beginning and excludes its end")
    func window() throws {
        let plan = try plan(#"[{"fault":"status-503","from":"60s","to":"2m"}]"#)
        let moments: [Duration] = [.zero, .milliseconds(59_999), .seconds(60), .milliseconds(119_999), .seconds(120)]
        #expect(moments.map { drawn(plan, 1, at: $0)[0] != nil } == [false, false, true, true, false])
    }

    @Test("the first rule that holds decides, and another model meets none")
    func order() throws {
        let plan = try plan(#"[{"fault":"none","models":"vip"},{"fault":"cut","models":["m","vip"]}]"#)
        #expect(drawn(plan, 1) == ["cut"])
        #expect(drawn(plan, 1, model: "vip") == ["none"])
        #expect(drawn(plan, 1, model: "x") == [nil])
    }

    @Test("the listening socket follows its windows, and the next edge is known")
    func listening() throws {
        let plan = try plan(
            #"[{"fault":"refuse","from":"1s","to":"2s"},{"fault":"slow-accept","from":"5s","to":"6s"},{"fault":"cut"}]"#
        )
        #expect(plan.listening(at: .zero).fault == nil && plan.listening(at: .zero).next == .seconds(1))
        #expect(plan.listening(at: .seconds(1)).fault?.text == "refuse")
        #expect(plan.listening(at: .seconds(2)).fault == nil && plan.listening(at: .seconds(2)).next == .seconds(5))
        #expect(plan.listening(at: .seconds(6)).next == nil)
    }

    @Test(
        "what cannot be meant is refused with the place",
        arguments: [
            (#"{}"#, "faults"), (#"[{}]"#, "faults[0].fault"), (#"[{"fault":"cutt"}]"#, "faults[0].fault"),
            (#"[{"fault":"cut","share":2}]"#, "faults[0].share"), (#"[{"fault":"cut","to":"0s"}]"#, "faults[0].to"),
            (#"[{"fault":"cut","requests":"3-1"}]"#, "faults[0].requests"),
            (#"[{"fault":"cut","every":0}]"#, "faults[0].every"), (#"[{"fault":"cut","x":1}]"#, "faults[0].x"),
            (#"[{"fault":"refuse","share":0.5}]"#, "faults[0]"), (#"{"x":[]}"#, "x"),
        ]
    )
    func refused(_ json: String, _ field: String) {
        #expect { try plan(json) } throws: { ($0 as? SettingsError)?.field == field }
    }
}
