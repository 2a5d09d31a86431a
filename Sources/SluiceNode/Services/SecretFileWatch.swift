// SPDX-License-Identifier: Apache-2.0
import ServiceLifecycle
import SluiceCore

/// Reloads the configuration when a file changes that a secret was taken from, such as a mounted one that is renewed.
struct SecretFileWatch: Service {
    let node: Node

    /// How soon a change is noticed.
    private static let period = Duration.seconds(5)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var watch = SecretChange()
            while !Task.isCancelled {
                try? await Task.sleep(for: SecretFileWatch.period)
                guard !Task.isCancelled else { return }
                let known = node.secretFiles
                let current = known.keys.reduce(into: [String: String]()) { current, path in
                    current[path] = (try? SecretFiles.read(path)) ?? nil
                }
                if watch.isNews(current, inForce: known.mapValues(\.exposed)) { await node.reload() }
            }
        }
    }
}

/// Decides when secrets in files are to be read again.
struct SecretChange {
    /// What a reload was last tried for.
    private var tried: [String: String] = [:]

    /// Whether a file holds something else than what is in force, and than what was tried in vain.
    ///
    /// A file that is gone or empty is being written: nothing is done until it is there again.
    mutating func isNews(_ current: [String: String], inForce: [String: String]) -> Bool {
        let isWhole = inForce.keys.allSatisfy { current[$0].map { !$0.isEmpty } ?? false }
        guard isWhole, current != inForce, current != tried else { return false }
        tried = current
        return true
    }
}
