// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Synchronization
import Testing

private final class Seen: Sendable {
    let counts = Mutex((inside: 0, most: 0, done: 0))
}

@Suite("A mutex for work with awaits in it")
struct AsyncMutexTests {
    @Test("one at a time, and all of them")
    func exclusive() async {
        let mutex = AsyncMutex()
        let seen = Seen()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    await mutex.lock()
                    seen.counts.withLock {
                        $0.inside += 1
                        $0.most = max($0.most, $0.inside)
                    }
                    await Task.yield()
                    seen.counts.withLock {
                        $0.inside -= 1
                        $0.done += 1
                    }
                    mutex.unlock()
                }
            }
        }
        #expect(seen.counts.withLock { $0.most == 1 && $0.done == 200 })
    }
}
