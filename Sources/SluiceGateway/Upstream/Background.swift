// SPDX-License-Identifier: Apache-2.0
import SluiceHTTP

extension GatewayLoop {
    /// Works on an attempt beside all others; a stop of the relay waits for it.
    func inBackground(_ attempt: UpstreamAttempt, _ work: @escaping (UpstreamAttempt) async -> Void) {
        nonisolated(unsafe) let job = (attempt, work)  // Safe because: the task runs on the same loop.
        noteBackground(attempt)
        http.start { [self] in
            let (attempt, work) = unsafe job
            await work(attempt)
            forgetBackground(attempt)
        }
    }

    /// A stop of the relay waits for the attempt, until it is forgotten, and ends it where it takes too long.
    func noteBackground(_ attempt: UpstreamAttempt) {
        noteBackground(attempt) { attempt.end(as: .relayStopped) }
    }
}
