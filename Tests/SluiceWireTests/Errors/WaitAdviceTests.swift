// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

@Suite("Advice to wait beside Retry-After")
struct WaitAdviceTests {
    private let now = Timestamp(milliseconds: 784_111_770_000)

    private func wait(_ headers: [String: String] = [:], _ body: String = "") -> Duration? {
        let bytes = [UInt8](body)
        return RetryAfter.parse(now: now, body: bytes.span.bytes) { headers[$0] }
    }

    @Test(
        "is read in messages and in Google's details",
        arguments: [
            (
                #"{"error":{"message":"Limit 15000. Please try again in 2.289s. Visit https://x"}}"#,
                .milliseconds(2_289)
            ),
            (#"{"error":{"message":"try again in 1m30.5s"}}"#, .milliseconds(90_500)),
            (#"{"error":{"message":"Please try again in 6ms."}}"#, .milliseconds(6)),
            (#"{"error":{"message":"Please try again in 20s."}}"#, .seconds(20)),
            (#"{"error":{"message":"Please retry after 26 seconds."}}"#, .seconds(26)),
            (#"{"error":"try again in 2 minutes"}"#, .seconds(120)),
            (#"{"message":"Try again in 3 seconds"}"#, .seconds(3)),
            (
                #"[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"@type":"x"},{"retryDelay":"34.4s"}]}}]"#,
                .milliseconds(34_400)
            ),
            (#"{"error":{"message":"try again in 3 seconds","details":[{"retryDelay":"1s"}]}}"#, .seconds(1)),
            (#"{"error":{"message":"try again in 99999999h"}}"#, .seconds(86_400)),
        ] as [(String, Duration)]
    )
    func bodies(body: String, expected: Duration) {
        #expect(wait([:], body) == expected)
    }

    @Test(
        "says nothing where nothing is said",
        arguments: [
            "", "{}", "[]", "no JSON: try again in 2s", #"{"error":{"message":"try again in a while"}}"#,
            #"{"error":{"message":"try again in -2s"}}"#, #"{"error":{"message":"try again in 1e999s"}}"#,
            #"{"error":{"message":"try again in 5x"}}"#, #"{"error":{"details":[{"retryDelay":"soon"}]}}"#,
            #"{"error":{"message":"try again in "}}"#, #"{"error":{"message":"try again in nan"}}"#,
            #"{"error":{"message":"try again in inf"}}"#,
        ]
    )
    func silent(body: String) {
        #expect(wait([:], body) == nil)
    }

    @Test("rate limits count where nothing remains of them, the longer one where both are used up")
    func limits() {
        var headers = ["x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "2.289s"]
        #expect(wait(headers) == .milliseconds(2_289))
        headers["x-ratelimit-remaining-requests"] = "0"
        headers["x-ratelimit-reset-requests"] = "6m0s"
        #expect(wait(headers) == .seconds(360))
        headers["x-ratelimit-remaining-requests"] = "3"
        #expect(wait(headers) == .milliseconds(2_289))
        headers["retry-after"] = "1"
        #expect(wait(headers) == .seconds(1))
        #expect(wait(["x-ratelimit-remaining-tokens": "1", "x-ratelimit-reset-tokens": "2s"]) == nil)
        #expect(wait(["x-ratelimit-reset-tokens": "2s"]) == nil)
        #expect(wait(["x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "120ms"]) == .milliseconds(120))
        #expect(wait(["x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7"]) == .seconds(7))
    }

    @Test("ten thousand damaged bodies and fields do not trap")
    func damaged() {
        var random = SeededGenerator(seed: 23)
        let body = [UInt8](#"{"error":{"message":"try again in 1m2.289s","details":[{"retryDelay":"34.4s"}]}}"#)
        for _ in 0..<10_000 {
            let bytes = body.damaged(&random)
            let reset = [UInt8]("1h2m3.5s250ms").damaged(&random).text
            let headers = ["x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": reset]
            for wait in [wait(headers), wait([:], bytes.text)] {
                if let wait, wait < .zero || wait > .seconds(86_400) { Issue.record("\(bytes.text) \(reset)") }
            }
        }
    }
}
