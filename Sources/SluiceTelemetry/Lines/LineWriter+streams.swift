// SPDX-License-Identifier: Apache-2.0
import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension LineWriter {
    /// Standard error, for a log in this format.
    package static func standardError(
        format: LogFormat,
        now: @escaping @Sendable () -> String
    ) -> LineWriter {
        LineWriter(
            gap: { lines in
                let entry = LogLine(
                    time: now(),
                    level: .warning,
                    label: "sluice",
                    message: "log lines were dropped: they came faster than they were read",
                    metadata: ["sluice.log.dropped": .stringConvertible(lines)]
                )
                return Array((format == .json ? entry.json : entry.text).utf8)
            },
            write: { Descriptor.write($0, to: 2) }
        )
    }

    /// Standard error, for a text that is no log.
    package static func standardError() -> LineWriter {
        LineWriter { Descriptor.write($0, to: 2) }
    }

    /// Standard output.
    package static func standardOutput() -> LineWriter {
        LineWriter { Descriptor.write($0, to: 1) }
    }
}

/// Writing to a descriptor that somebody else opened.
enum Descriptor {
    /// Writes all bytes, for as long as that takes; returns whether it could.
    static func write(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
        var sent = 0
        while sent < bytes.count {
            // Safe because: the pointer and the count are of one array, which lives through the call.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe writeBytes(descriptor, $0.baseAddress, $0.count, after: sent)
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                // Somebody made it non-blocking, which holds for all who share it.
                guard waitForRoom(descriptor) else { return false }
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    private static func waitForRoom(_ descriptor: CInt) -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&wanted, 1, 1_000) >= 0 || errno == EINTR
    }
}

/// What the kernel took of the bytes after the first `sent` ones, or a negative number.
private func writeBytes(_ descriptor: CInt, _ start: UnsafeRawPointer?, _ count: Int, after sent: Int) -> Int {
    guard let start = unsafe start else { return 0 }
    return unsafe write(descriptor, start + sent, count - sent)
}
