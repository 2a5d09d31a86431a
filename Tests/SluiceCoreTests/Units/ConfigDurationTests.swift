// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("Durations in a configuration")
struct ConfigDurationTests {
    @Test(
        "a number and a unit are read",
        arguments: [
            ("30s", .seconds(30)), ("500ms", .milliseconds(500)), ("2m", .seconds(120)), ("1h", .seconds(3_600)),
            ("7d", .seconds(604_800)), ("1.5s", .milliseconds(1_500)), ("0.000000001s", .nanoseconds(1)),
            ("0s", .zero), ("36525d", .seconds(3_155_760_000)), ("0.5ms", .microseconds(500)),
        ] as [(String, Duration)]
    )
    func read(text: String, duration: Duration) {
        #expect(Duration(configText: text) == duration)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "30", "s", "-1s", "1 s", "1S", "1.s", ".5s", "1..5s", "1.5.1s", "1e3s", "30sec", "1h30m", "36526d",
            "999999999999h", "9999999999999s", "1.0000000001s", "\u{661}s",
        ]
    )
    func refused(text: String) {
        #expect(Duration(configText: text) == nil)
    }
}
