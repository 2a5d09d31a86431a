// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOPosix

/// The event loops of a data plane, each on its own thread.
package final class HTTPLoopGroup: Sendable {
    package let loops: [HTTPLoop]
    let group: MultiThreadedEventLoopGroup
    private let byEventLoop: [ObjectIdentifier: HTTPLoop]

    /// Starts `count` loops (at least one); as many as cores is right for a node of its own.
    package init(count: Int) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(count, 1))
        loops = group.makeIterator().enumerated().map { HTTPLoop(index: $0.offset, eventLoop: $0.element) }
        byEventLoop = Dictionary(
            loops.map { (ObjectIdentifier($0.eventLoop), $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for loop in loops { loop.startTicking() }
    }

    func loop(of eventLoop: any EventLoop) -> HTTPLoop {
        byEventLoop[ObjectIdentifier(eventLoop)] ?? loops[0]
    }

    /// Ends the threads; every server and pool on them must have been stopped before.
    package func shutdown() async {
        for loop in loops { loop.stopTicking() }
        try? await group.shutdownGracefully()
    }
}
