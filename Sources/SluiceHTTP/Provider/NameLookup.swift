// SPDX-License-Identifier: Apache-2.0
import Dispatch
import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Finds out where one provider's name leads, on a thread of its own: a name server that does not answer holds up nobody
/// who asks for another name.
///
/// One lookup at a time; who asks meanwhile gets the same answer. Lives on one event loop.
final class NameLookup {
    /// Resolves a host and port, and may take as long as it likes.
    typealias Resolve = @Sendable (_ host: String, _ port: Int) throws -> [SocketAddress]

    private let host: String
    private let port: Int
    private let loop: HTTPLoop
    private let resolve: Resolve
    private let queue = DispatchQueue(label: "sluice.name-lookup")
    private var underWay: (addresses: EventLoopFuture<[SocketAddress]>, since: UInt64)?

    /// Nanoseconds after which a lookup is not waited for where another address is known.
    private static let patience: UInt64 = 1_000_000_000

    init(of host: String, _ port: Int, on loop: HTTPLoop, resolve: @escaping Resolve = NameLookup.system) {
        self.host = host
        self.port = port
        self.loop = loop
        self.resolve = resolve
    }

    /// A lookup has been under way for so long that the name server may not answer at all.
    var hangs: Bool { underWay.map { loop.now > $0.since.advanced(by: NameLookup.patience) } ?? false }

    /// The addresses, once they are known.
    func addresses() -> FoundAddresses {
        if let underWay { return FoundAddresses(all: underWay.addresses) }
        let promise = loop.eventLoop.makePromise(of: [SocketAddress].self)
        let addresses = promise.futureResult
        underWay = (addresses, loop.now)
        addresses.assumeIsolated().whenComplete { [self] _ in underWay = nil }
        queue.async { [host, port, resolve] in promise.completeWith(Result { try resolve(host, port) }) }
        return FoundAddresses(all: addresses)
    }

    private static var stream: Int32 {
        #if canImport(Glibc)
            Int32(SOCK_STREAM.rawValue)
        #else
            SOCK_STREAM
        #endif
    }

    /// Asks the system.
    static let system: Resolve = { host, port in
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = NameLookup.stream
        unsafe hints.ai_protocol = Int32(IPPROTO_TCP)
        var first: UnsafeMutablePointer<addrinfo>?
        // Safe because: the list is read between the two calls that make and free it, and each address is copied.
        guard unsafe getaddrinfo(host, String(port), &hints, &first) == 0 else {
            throw UnknownName()
        }
        defer { unsafe freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        var next = unsafe first
        while let info = unsafe next {
            let bytes = unsafe UnsafeRawPointer(info.pointee.ai_addr)
            switch unsafe info.pointee.ai_family {
            case AF_INET:
                if let bytes = unsafe bytes {
                    addresses.append(SocketAddress(unsafe bytes.load(as: sockaddr_in.self), host: host))
                }
            case AF_INET6:
                if let bytes = unsafe bytes {
                    addresses.append(SocketAddress(unsafe bytes.load(as: sockaddr_in6.self), host: host))
                }
            default: break
            }
            unsafe next = info.pointee.ai_next
        }
        guard !addresses.isEmpty else { throw UnknownName() }
        return addresses
    }
}

/// There is no such name, or it leads nowhere.
private struct UnknownName: Error {}

/// What a lookup found, for those who connect: both families, tried as they always are.
struct FoundAddresses: Resolver {
    let all: EventLoopFuture<[SocketAddress]>

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        all.map { $0.filter { $0.protocol == .inet } }
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        all.map { $0.filter { $0.protocol == .inet6 } }
    }

    func cancelQueries() {}
}
