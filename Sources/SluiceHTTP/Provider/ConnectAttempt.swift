// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOPosix

/// The making of one connection, which somebody else may cancel.
package final class ConnectAttempt {
    private let point: WaitPoint
    private let loop: HTTPLoop
    private var isCancelled = false
    private var result: Result<any Channel, any Error>?
    var connection: ProviderConnection?

    package init(on loop: HTTPLoop) {
        self.loop = loop
        point = WaitPoint(on: loop)
    }

    /// Gives up at once.
    package func cancel() {
        isCancelled = true
        connection?.cancel()
        point.wake()
    }

    func wait(
        for connecting: EventLoopFuture<any Channel>,
        until moment: UInt64
    ) async throws(ConnectionFault) -> any Channel {
        watch(connecting, until: moment)
        while true {
            if isCancelled { throw .cancelled }
            switch result {
            case .success(let channel): return channel
            case .failure(let error): throw ConnectionFault(connecting: error)
            case nil: break
            }
            if loop.now >= moment { throw .connectTimeout }
            _ = await point.wait(until: moment)
        }
    }
}

extension ConnectAttempt {
    /// Keeps the outcome for the waiter; a channel that comes too late is closed.
    private func watch(_ connecting: EventLoopFuture<any Channel>, until moment: UInt64) {
        result = nil
        connecting.assumeIsolated().whenComplete { [self] outcome in
            loop.look()
            if isCancelled || loop.now >= moment, case .success(let channel) = outcome {
                channel.close(promise: nil)
            } else {
                result = outcome
            }
            point.wake()
        }
    }
}

/// Only those descriptors are left that are kept for the journal and the store.
struct NoDescriptors: Error {}

extension ConnectionFault {
    /// What an error of a connection attempt means.
    init(connecting error: any Error) {
        switch error {
        case let error as NIOConnectionError: self.init(error)
        case let error as IOError: self.init(errno: error.errnoCode)
        case ChannelError.connectTimeout: self = .connectTimeout
        case is NoDescriptors: self = .exhausted
        default: self = .unreachable
        }
    }

    private init(_ error: NIOConnectionError) {
        if let first = error.connectionErrors.first {
            self.init(connecting: first.error)
        } else if error.dnsAError != nil || error.dnsAAAAError != nil {
            self = .dns
        } else {
            self = .connectTimeout
        }
    }

    private init(errno code: CInt) {
        switch code {
        case ECONNREFUSED: self = .refused
        case ETIMEDOUT: self = .connectTimeout
        case ECONNRESET, EPIPE: self = .reset
        case EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL: self = .exhausted
        default: self = .unreachable
        }
    }
}
