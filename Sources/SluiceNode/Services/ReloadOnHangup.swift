// SPDX-License-Identifier: Apache-2.0
import ServiceLifecycle
import UnixSignals

/// Reloads the configuration file at each SIGHUP.
struct ReloadOnHangup: Service {
    let node: Node

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            await node.reload()
        }
    }
}
