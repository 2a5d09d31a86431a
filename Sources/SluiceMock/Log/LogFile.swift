// SPDX-License-Identifier: Apache-2.0
#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file that lines are appended to, each in the kernel's hands before `append` returns.
struct LogFile: ~Copyable {
    private let descriptor: Int32

    init(path: String) throws(LogFileError) {
        // Safe because: the path is passed as a null-terminated string that lives for the call.
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw LogFileError(path: path, code: errno) }
    }

    deinit { _ = close(descriptor) }

    /// Appends the line and a newline; a full disk loses the line, never the request.
    func append(_ line: String) {
        var rest = Array(line.utf8)
        rest.append(UInt8(ascii: "\n"))
        while !rest.isEmpty {
            // Safe because: the buffer lives for the call, and its own count bounds it.
            let written = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 else {
                if written < 0, errno == EINTR { continue }
                return
            }
            rest.removeFirst(written)
        }
    }
}

/// Why a log file could not be opened.
package struct LogFileError: Error, CustomStringConvertible {
    package let path: String
    package let code: Int32

    package var description: String { "cannot open \(path) for appending (errno \(code))" }
}
