// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import NIOCore

/// What is known of the connection a request came on.
struct AdminContext: InitializableFromSource, Sendable {
    private let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }

    /// Ends the connection after the caller had time to read the answer: what it still sends is not worth reading.
    func closeSoon() {
        let channel = channel
        channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
    }
}
