// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP
import SluiceTestKit
import Testing

@testable import SluiceGateway

@Suite("The entries of a call's attempts")
struct TranscriptTests {
    private func with(_ body: (LoopRig, Transcript, CompiledTarget) throws -> Void) async throws {
        let rig = LoopRig()
        let snapshot = await rig.publish(try Rig.snapshot(upstream: 1, VersionSettings()))
        let result = Result {
            let name = Array("chat".utf8)
            let route = snapshot.routes.find(name.span.bytes)
            let target = try #require(route?.versions[0]?.targets[0])
            try body(rig, Transcript(unreadableAt: rig.loop.http.now, on: rig.loop), target)
        }
        await rig.stop()
        try result.get()
    }

    @Test("are found by their numbers, whichever of them stands last")
    func numbers() async throws {
        try await with { rig, transcript, target in
            transcript.outcome.route = Records.id("chat")
            let numbers = [Attempt.Purpose.primary, .retry, .hedge].map {
                transcript.open(target, $0, at: transcript.startedAt &+ 5)
            }
            #expect(numbers == [1, 2, 3] && rig.sink.opened.map(\.number) == [1, 2, 3])
            #expect(rig.sink.opened.map(\.purpose) == [.primary, .retry, .hedge])
            transcript.moveToLast(2)
            #expect(transcript.outcome.attempts.map(\.number) == [1, 3, 2])
            for number in numbers { transcript.change(number) { $0.status = 200 + number } }
            #expect(transcript.outcome.attempts.map(\.status) == [201, 203, 202])
            #expect(transcript.entry(3)?.purpose == .hedge && transcript.entry(3)?.startedAfter == 5)
            transcript.moveToLast(2)
            transcript.moveToLast(4)
            transcript.change(0) { $0.status = 0 }
            #expect(transcript.outcome.attempts.map(\.status) == [201, 203, 202] && transcript.entry(4) == nil)
        }
    }

    @Test("say which targets were asked")
    func asked() async throws {
        try await with { _, transcript, target in
            #expect(!transcript.hasAsked(target))
            _ = transcript.open(target, .primary, at: transcript.startedAt)
            #expect(transcript.hasAsked(target))
            transcript.change(1) { $0.model = "another" }
            #expect(!transcript.hasAsked(target))
        }
    }
}
