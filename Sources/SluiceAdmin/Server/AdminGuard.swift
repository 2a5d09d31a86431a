// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import HummingbirdCore
import Logging
package import NIOCore

/// What stands before the admin server: checks heads, bounds connections and times, before a byte is parsed here.
///
/// The node brings it, from the room that has the data port's. A request that it refuses comes in as
/// `GET *`, which no rules let through, with the header ``refusalField``.
package struct AdminGuard: Sendable {
    var prepareListener: @Sendable (any Channel) async throws -> Void
    var prepareConnection: @Sendable (any Channel) throws -> Void

    /// - Parameters:
    ///   - listener: Called with the listening channel once it listens.
    ///   - connection: Called on the loop of each new connection before it is active; must not throw for one that it
    ///     only means to close.
    package init(
        listener: @escaping @Sendable (any Channel) async throws -> Void,
        connection: @escaping @Sendable (any Channel) throws -> Void
    ) {
        prepareListener = listener
        prepareConnection = connection
    }

    /// `STATUS CODE MESSAGE` of a request that was refused.
    package static let refusalField = "x-sluice-refused"
}

extension AdminRefusal {
    /// What the guard said of a request, where it stands for one that was refused.
    init?(guarded request: Request) {
        guard request.method == .get, request.head.path == "*",
            let field = request.headers.first(where: { $0.name.canonicalName == AdminGuard.refusalField })
        else { return nil }
        let parts = field.value.split(separator: " ", maxSplits: 2)
        guard parts.count == 3, let status = Int(parts[0]), (400...599).contains(status) else { return nil }
        self.init(status, String(parts[1]), "The request cannot be read: \(parts[2]).")
        endsConnection = true
        if status == 405 { allow = "GET, HEAD, POST, PUT, PATCH, DELETE" }
    }
}

extension HTTPServerBuilder {
    /// HTTP/1.1 behind a guard.
    static func guarded(by protection: AdminGuard?, idleTimeout: Duration) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            GatedChannel(
                http: HTTP1Channel(
                    responder: responder,
                    configuration: .init(
                        idleTimeout: TimeAmount(idleTimeout),
                        httpDecoderConfiguration: .init(
                            maxHeaderFieldSize: 1 << 20,
                            maxHeaderListSize: 1 << 20,
                            maxHeaderFieldCount: 1_000
                        )
                    )
                ),
                protection: protection
            )
        }
    }
}

/// A connection whose bytes pass the guard before the HTTP parser sees them.
private struct GatedChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let http: HTTP1Channel
    let protection: AdminGuard?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        do {
            try protection?.prepareConnection(channel)
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        return http.setup(channel: channel, logger: logger)
    }

    func handle(value: Value, logger: Logger) async { await http.handle(value: value, logger: logger) }
}
