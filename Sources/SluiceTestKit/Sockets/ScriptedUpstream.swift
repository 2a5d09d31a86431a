// SPDX-License-Identifier: Apache-2.0
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A provider on loopback that does what a test's script says, byte by byte: pause, cut, reset, garbage.
package final class ScriptedUpstream: Sendable {
    /// Answers one request on a connection; `false` closes it, `true` reads the next request.
    package typealias Script = @Sendable (RawRequest, RawSocket) -> Bool

    package let port: Int
    private let listener: Int32
    private let seen = Mutex<(requests: [RawRequest], connections: Int, ended: Int)>(([], 0, 0))

    /// The requests so far, in the order they were read.
    package var requests: [RawRequest] { seen.withLock { $0.requests } }
    /// Connections accepted so far, and those of them the relay has ended.
    package var connections: Int { seen.withLock { $0.connections } }
    package var endedConnections: Int { seen.withLock { $0.ended } }

    package init(_ script: @escaping Script) throws {
        listener = socket(AF_INET, RawSocket.streamType, 0)
        var address = RawSocket.loopback(port: 0)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) }
        }
        guard bound == 0, listen(listener, 512) == 0 else {
            throw RawSocket.Failure(description: "bind: errno \(errno)")
        }
        var length = size
        _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        startThread("upstream") { [self] in acceptAll(script) }
    }

    package func stop() {
        // The accepting thread closes it: a number closed here could be another listener's when that thread looks again.
        _ = shutdown(listener, Int32(SHUT_RDWR))
    }

    private func acceptAll(_ script: @escaping Script) {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { return RawSocket.closeDescriptor(listener) }
            seen.withLock { $0.connections += 1 }
            let connection = RawSocket(descriptor: descriptor)
            startThread("upstream connection") { [self] in serve(connection, script) }
        }
    }

    private func serve(_ connection: RawSocket, _ script: Script) {
        connection.setTimeout(seconds: 60)
        while let request = RawRequest.read(from: connection) {
            seen.withLock { $0.requests.append(request) }
            if !script(request, connection) { break }
        }
        seen.withLock { $0.ended += 1 }
        connection.close()
    }
}

/// A request as a scripted upstream got it.
package struct RawRequest: Sendable {
    package let head: String
    package let body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The value of a header, by its name in any case.
    package subscript(name: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == name.lowercased() {
                return String(parts[1].drop { $0 == " " })
            }
        }
        return nil
    }

    static func read(from connection: RawSocket) -> RawRequest? {
        var bytes: [UInt8] = []
        var end: Int?
        while end == nil {
            guard let more = connection.receive(), !more.isEmpty else { return nil }
            bytes += more
            end = bytes.indices.dropLast(3).first {
                bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10
            }
        }
        guard let end else { return nil }
        let head = String(decoding: bytes[..<end], as: UTF8.self)
        let length = RawRequest(head: head, body: [])["content-length"].flatMap { Int($0) } ?? 0
        var body = Array(bytes[(end + 4)...])
        while body.count < length {
            guard let more = connection.receive(), !more.isEmpty else { return nil }
            body += more
        }
        return RawRequest(head: head, body: body)
    }
}
