// SPDX-License-Identifier: Apache-2.0
import SluiceStore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Keeps a second process away from a store; the kernel drops the lock when this process ends, however it ends.
final class StoreLock: Sendable {
    private let descriptor: Mutex<Int32?>

    init(path: String) throws(StoreError) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(.unavailable, "cannot open the lock file \(path): \(String(errno: errno))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            _ = systemClose(descriptor)
            guard reason == EWOULDBLOCK else {
                throw StoreError(.unavailable, "cannot lock \(path): \(String(errno: reason))")
            }
            throw StoreError(
                .unusable,
                "another process has this store open (it holds \(path)); a SQLite store serves one process"
            )
        }
        self.descriptor = Mutex(descriptor)
    }

    func release() {
        descriptor.withLock { descriptor in
            if let open = descriptor { _ = systemClose(open) }
            descriptor = nil
        }
    }

    deinit { release() }
}

/// Makes a file that only its owner may read, unless there is one; SQLite gives its side files the same rights.
func makePrivateFile(_ path: String) {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor >= 0 { _ = systemClose(descriptor) }
}

extension String {
    /// The system's words for an error number.
    init(errno number: Int32) {
        self = unsafe String(cString: strerror(number))
    }
}

private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
