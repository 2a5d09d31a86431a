// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Synchronization

/// What a server owns on one event loop: its open connections and whether they are to end.
final class ServerLoop: @unchecked Sendable {
    // Safe because: `connections` and `isDraining` are only touched on the loop; the counters are atomic.
    let loop: HTTPLoop
    let configuration: HTTPServer.Configuration
    /// Nanoseconds a connection may lie idle between two requests.
    let idleTime: UInt64
    let inFlight = Atomic<Int>(0)
    let refusedConnections = Atomic<Int>(0)
    private(set) var isDraining = false
    /// What is under way ends now.
    private(set) var isStopping = false
    private var connections: [ObjectIdentifier: ClientConnection] = [:]

    init(_ loop: HTTPLoop, _ configuration: HTTPServer.Configuration) {
        self.loop = loop
        self.configuration = configuration
        idleTime = configuration.limits.idleTime.nanoseconds
    }

    func add(_ connection: ClientConnection) {
        connections[ObjectIdentifier(connection)] = connection
        if isDraining { connection.leaveWhenIdle() }
    }

    func remove(_ connection: ClientConnection) { connections[ObjectIdentifier(connection)] = nil }

    /// Idle connections close now, the others after their exchange.
    func drain() {
        loop.eventLoop.execute {
            self.isDraining = true
            for connection in self.connections.values { connection.leaveWhenIdle() }
        }
    }

    /// Ends every exchange: what is still to be said must be said at once.
    func hurry() async {
        try? await loop.eventLoop.submit {
            self.isDraining = true
            self.isStopping = true
            for connection in self.connections.values { connection.apply(.hurry) }
        }.get()
    }

    /// Closes every connection.
    func cut() async {
        try? await loop.eventLoop.submit {
            self.isDraining = true
            for connection in self.connections.values { connection.close() }
        }.get()
    }
}
