// SPDX-License-Identifier: Apache-2.0
import SluiceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An open file; closed when this value ends.
struct SystemFile: ~Copyable {
    let descriptor: Int32

    enum Access {
        case read, write, createNew, createOrOpen

        fileprivate var flags: Int32 {
            switch self {
            case .read: O_RDONLY
            case .write: O_RDWR
            case .createNew: O_RDWR | O_CREAT | O_EXCL
            case .createOrOpen: O_RDWR | O_CREAT
            }
        }
    }

    init(_ path: String, _ access: Access) throws(JournalError) {
        descriptor = unsafe open(path, access.flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("open", path) }
    }

    deinit { _ = close(descriptor) }

    /// The size in bytes.
    func size() throws(JournalError) -> Int {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .system("stat", "segment") }
        return Int(status.st_size)
    }

    /// The bytes from an offset on: fewer than asked for where the file ends.
    func bytes(at offset: Int, count: Int) throws(JournalError) -> [UInt8] {
        guard count > 0 else { return [] }
        var read = 0
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while read < count, let base = buffer.baseAddress {
                let got = unsafe pread(descriptor, base + read, count - read, off_t(offset + read))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { break }
                read += got
            }
            initialized = read
        }
        guard failure == 0 else { throw .system("read", "segment", number: failure) }
        return bytes
    }

    /// Writes all bytes at an offset.
    func write(_ bytes: [UInt8], at offset: Int) throws(JournalError) {
        let written = unsafe bytes.withUnsafeBytes { buffer in
            unsafe pwrite(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
        }
        guard written == bytes.count else { throw .system("write", "segment") }
    }

    /// Takes the disk's space for so many bytes now, so that a later write into them cannot run out of it.
    func reserve(_ count: Int) throws(JournalError) {
        #if os(Linux)
            let failure = posix_fallocate(descriptor, 0, off_t(count))
            guard failure == 0 else { throw .system("reserve", "segment", number: failure) }
        #else
            let zeros = [UInt8](repeating: 0, count: 65_536)
            for offset in stride(from: 0, to: count, by: zeros.count) {
                try write(Array(zeros.prefix(count - offset)), at: offset)
            }
        #endif
    }

    /// Whether this process now holds the file's lock; it goes with the file or the process.
    func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    func sync() { _ = fsync(descriptor) }
}

extension JournalError {
    /// What the system just refused, in its own words.
    static func system(_ what: String, _ path: String, number: Int32 = errno) -> JournalError {
        JournalError(.unavailable, "cannot \(what) \(path): \(unsafe String(cString: strerror(number)))")
    }
}

/// Removes a file; one that is gone already is no fault.
func removeFile(_ path: String) throws(JournalError) {
    guard unsafe unlink(path) != 0, errno != ENOENT else { return }
    throw .system("remove", path)
}

/// Gives a file another name, in one step.
func renameFile(_ path: String, to other: String) throws(JournalError) {
    guard unsafe rename(path, other) == 0 else { throw .system("rename", path) }
}
