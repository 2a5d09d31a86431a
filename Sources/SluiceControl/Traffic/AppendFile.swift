// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that only grows.
final class AppendFile: Sendable {
    private let descriptor: Int32
    private let grown: Counted

    /// Opens a file at its end; makes it, readable for owner and group, where it is not there.
    init(_ path: String) throws(AppendFileError) {
        let opened = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard opened >= 0 else { throw AppendFileError(path: path, number: errno) }
        descriptor = opened
        grown = Counted(max(0, Int64(lseek(opened, 0, SEEK_END))))
    }

    deinit { close(descriptor) }

    /// Bytes in the file, as far as this process knows.
    var size: Int64 { grown.value }

    /// Writes all bytes, or as many as the disk takes.
    func append(_ bytes: [UInt8]) throws(AppendFileError) {
        var sent = 0
        while sent < bytes.count {
            // Safe because: the pointer and the count are of one array, which lives through the call.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe writeBytes(descriptor, $0.baseAddress, $0.count, after: sent)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw AppendFileError(path: "", number: errno) }
            sent += count
            grown.add(Int64(count))
        }
    }

    /// Renames a file if it is there.
    static func rename(_ path: String, to other: String) { _ = moveFile(path, other) }

    /// Removes a file if it is there.
    static func remove(_ path: String) { _ = unsafe unlink(path) }
}

/// Why a file could not be written.
struct AppendFileError: Error, CustomStringConvertible {
    var path: String
    var number: Int32

    var description: String {
        let text = unsafe String(cString: strerror(number))
        return path.isEmpty ? text : "\(path): \(text)"
    }
}

private func writeBytes(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int, after sent: Int) -> Int {
    guard let start = unsafe start else { return 0 }
    return unsafe write(descriptor, start + sent, count - sent)
}

private func moveFile(_ path: String, _ other: String) -> Int32 { unsafe rename(path, other) }
