// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

/// A rollout's news as server-sent events: how things are now, then what happens; a comment now and then keeps the
/// connection alive.
///
/// They end with the token that asked for them.
enum RolloutEvents {
    static let mediaType = "text/event-stream"
    /// Between two comments; proxies close connections that are silent for a minute.
    static let beat: Duration = .seconds(15)
    /// Events kept for a reader that is slow; the oldest go first.
    private static let kept = 256

    static func answer(
        of id: String,
        _ control: ControlPlane,
        beat: Duration = RolloutEvents.beat,
        isAllowed: @escaping @Sendable () async -> Bool = { true },
        now: @Sendable () -> Timestamp
    ) async throws(AdminRefusal) -> AdminAnswer {
        let status = try await refusing { () async throws(ControlError) in try await control.rollout(id) }
        // Followed before the state is sent, so that nothing falls in between.
        let news = control.rolloutNews(of: status.id)
        let first = try await refusing { () async throws(ControlError) in try await control.rollout(id) }
        let (parts, tell) = AsyncStream<[UInt8]>.makeStream(bufferingPolicy: .bufferingNewest(kept))
        tell.yield(event(RolloutEventView(first, at: now())))
        let following = Task {
            for await item in news {
                guard await isAllowed() else { break }
                tell.yield(event(RolloutEventView(item)))
            }
            tell.finish()
        }
        let beating = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: beat)
                guard await isAllowed() else { return tell.finish() }
                tell.yield(Array(": \n\n".utf8))
            }
        }
        tell.onTermination = { _ in
            following.cancel()
            beating.cancel()
        }
        return AdminAnswer(mediaType: mediaType, stream: parts) { tell.finish() }
    }

    private static func event(_ view: RolloutEventView) -> [UInt8] {
        let data = (try? AdminJSON.value(of: view).jsonText) ?? "{}"
        return Array("event: \(view.kind)\ndata: \(data)\n\n".utf8)
    }
}
