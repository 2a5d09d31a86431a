// SPDX-License-Identifier: Apache-2.0
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A blocking TCP socket on loopback, for tests that need every byte in their hands.
///
/// Close it when done.
package final class RawSocket: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let descriptor: Int32
    /// A descriptor is closed once: its number may be another socket's a moment later.
    private let isClosed = Atomic<Bool>(false)

    package init(descriptor: Int32) {
        self.descriptor = descriptor
        setOption(IPPROTO_TCP_LEVEL, TCP_NODELAY, 1)
        setTimeout(seconds: 10)
    }

    /// Connects to a port of 127.0.0.1.
    package static func connect(port: Int) throws -> RawSocket {
        let descriptor = socket(AF_INET, streamType, 0)
        guard descriptor >= 0 else { throw Failure(description: "socket: errno \(errno)") }
        var address = loopback(port: port)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                #if canImport(Darwin)
                    unsafe Darwin.connect(descriptor, address, size)
                #elseif canImport(Musl)
                    unsafe Musl.connect(descriptor, address, size)
                #else
                    unsafe Glibc.connect(descriptor, address, size)
                #endif
            }
        }
        guard result == 0 else {
            closeDescriptor(descriptor)
            throw Failure(description: "connect: errno \(errno)")
        }
        return RawSocket(descriptor: descriptor)
    }

    /// How long a read or a write may block before it fails.
    package func setTimeout(seconds: Int) {
        var time = timeval()
        time.tv_sec = seconds
        let size = socklen_t(MemoryLayout<timeval>.size)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    }

    /// Writes all bytes; `false` when the peer has gone.
    @discardableResult
    package func send(_ bytes: some Collection<UInt8>) -> Bool {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.span.bytes.extracting(sent..<bytes.count).withUnsafeBytes { buffer in
                // Safe because: the kernel reads within the buffer's bounds.
                unsafe write(self.descriptor, buffer.baseAddress, buffer.count)
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// What comes in one read; empty at the end, `nil` after a reset or a timeout.
    package func receive(upTo limit: Int = 65_536) -> [UInt8]? {
        var hasFailed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            // Safe because: the kernel writes within the buffer's bounds and says how much.
            count = unsafe read(self.descriptor, buffer.baseAddress, limit)
            hasFailed = count < 0
            if hasFailed { count = 0 }
        }
        return hasFailed ? nil : bytes
    }

    /// Everything up to the end of the connection.
    package func receiveAll() -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = receive(), !bytes.isEmpty { all += bytes }
        return all
    }

    /// Reads until the condition holds on all that came since the call; what came, also when the connection ended first.
    package func receive(until isEnough: ([UInt8]) -> Bool) -> [UInt8] {
        var all: [UInt8] = []
        while !isEnough(all), let bytes = receive(), !bytes.isEmpty { all += bytes }
        return all
    }

    /// One answer with its Content-Length or chunked body.
    package func receiveAnswer() -> RawAnswer { RawAnswer(receive { RawAnswer($0).isWhole }) }

    /// Ends our side; the peer sees the end, we may still read.
    package func endSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes with a reset.
    package func reset() {
        var linger = linger()
        linger.l_onoff = 1
        linger.l_linger = 0
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    package func close() {
        if !isClosed.exchange(true, ordering: .relaxed) { RawSocket.closeDescriptor(descriptor) }
    }

    private func setOption(_ level: Int32, _ name: Int32, _ value: Int32) {
        var value = value
        _ = unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    static func closeDescriptor(_ descriptor: Int32) {
        #if canImport(Darwin)
            _ = Darwin.close(descriptor)
        #elseif canImport(Musl)
            _ = Musl.close(descriptor)
        #else
            _ = Glibc.close(descriptor)
        #endif
    }

    static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    static var streamType: Int32 {
        #if canImport(Glibc)
            Int32(SOCK_STREAM.rawValue)
        #else
            SOCK_STREAM
        #endif
    }

    private var IPPROTO_TCP_LEVEL: Int32 { Int32(IPPROTO_TCP) }
}
