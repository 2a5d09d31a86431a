// SPDX-License-Identifier: Apache-2.0

/// Passes bytes between a caller and a provider that have switched protocols, untouched, both ways.
///
/// - Each direction passes one piece after the other and reads the next once the receiver takes more: a slow reader stops
///   the writer.
/// - Whoever ends its direction gets the other's bytes until that ends too; then both connections close.
/// - Where one connection is cut, what came of it is passed on before the other is closed.
/// - Both are closed when neither has sent anything for `idle`, one takes no bytes for `stall`, or the server stops.
package final class Tunnel {
    private let client: UpgradedClient
    private let provider: UpgradedProvider
    private let loop: HTTPLoop
    /// Nanoseconds.
    private let idle: UInt64
    private let stall: UInt64
    /// When bytes last came from either side.
    private var lastBytes: UInt64
    private var directions = 2
    private let done: WaitPoint

    /// - Parameters:
    ///   - client: on the same loop as the provider.
    ///   - idle: how long neither side need say anything.
    ///   - stall: how long one may leave bytes unread.
    package init(_ client: UpgradedClient, _ provider: UpgradedProvider, idle: Duration, stall: Duration) {
        self.client = client
        self.provider = provider
        loop = client.connection.loop
        self.idle = idle.nanoseconds
        self.stall = stall.nanoseconds
        lastBytes = loop.now
        done = WaitPoint(on: loop)
    }

    /// Passes bytes until both connections are closed, or about to.
    package func run() async {
        client.connection.watch.onStop = { [client, provider] in
            client.breakOff()
            provider.close()
        }
        nonisolated(unsafe) let tunnel = self  // Safe because: both tasks run on the connections' loop.
        loop.start {
            await unsafe tunnel.pass(from: tunnel.provider, to: tunnel.client)
            unsafe tunnel.end()
        }
        await pass(from: client, to: provider)
        end()
        while directions > 0 { _ = await done.wait() }
        await client.connection.finish(keepsAlive: false)
        provider.breakOff()
    }

    private func end() {
        directions -= 1
        if directions == 0 { done.wake() }
    }

    private func pass(from source: some TunnelEnd, to sink: some TunnelEnd) async {
        while true {
            switch await source.nextBytes(until: lastBytes.advanced(by: idle)) {
            case .bytes(let bytes):
                lastBytes = loop.now
                // Its last bytes are still passed on by the other direction, which then finds it gone.
                guard await sink.write(bytes, until: loop.moment(afterNanoseconds: stall)) else { return sink.close() }
            case .over: return source.isGone ? sink.breakOff() : sink.endOutput()
            case .late where loop.now < lastBytes.advanced(by: idle): continue
            case .late:
                source.close()
                return sink.breakOff()
            }
        }
    }
}
