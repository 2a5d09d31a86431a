// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files of the node itself: read whole, and made so that only their owner may read them.
enum PrivateFile {
    /// The bytes of a file, or `nil` where there is none.
    static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8]? {
        // Safe because: the path is handed over as a C string for the call only.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw FileError(path: path, message: reason(errno))
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            // Safe because: at most the buffer's own length is read into it.
            let count = unsafe piece.withUnsafeMutableBytes { unsafe SluiceNode.read(descriptor, $0) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError(path: path, message: reason(errno)) }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else {
                throw FileError(path: path, message: "is larger than \(ByteSize.text(limit))")
            }
            bytes += piece[..<count]
        }
    }

    /// Makes a file that only its owner may read, with its content on disk before this returns.
    ///
    /// - Returns: false where a file of this name was there already; it is left as it is.
    static func create(_ path: String, _ content: some Collection<UInt8>) throws(FileError) -> Bool {
        let temporary = "\(path).\(getpid()).new"
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        // Safe because: the path is handed over as a C string for the call only.
        let descriptor = unsafe open(temporary, flags, 0o600)
        guard descriptor >= 0 else { throw FileError(path: path, message: reason(errno)) }
        // A whole file appears under its name or none: written aside, then linked.
        // Safe because: as above.
        defer { _ = unsafe unlink(temporary) }
        try write(Array(content), closing: descriptor, path: path)
        // Safe because: as above.
        if unsafe link(temporary, path) == 0 { return true }
        if errno == EEXIST { return false }
        throw FileError(path: path, message: reason(errno))
    }

    /// Makes a folder, and those above it, where it is missing; new ones are the owner's alone.
    static func makeFolder(_ path: String) throws(FileError) {
        guard !path.isEmpty, path != "/" else { return }
        // Safe because: the path is handed over as a C string for the call only.
        if unsafe mkdir(path, 0o700) == 0 { return }
        if errno == EEXIST { return }
        guard errno == ENOENT, path.contains("/") else { throw FileError(path: path, message: reason(errno)) }
        try makeFolder(Paths.folder(of: path))
        // Safe because: as above.
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw FileError(path: path, message: reason(errno))
        }
    }

    /// Whether something has this name.
    ///
    /// - Throws: where that cannot be found out: a folder that may not be looked into, a disk that does not answer.
    static func exists(_ path: String) throws(FileError) -> Bool {
        // Safe because: the path is handed over as a C string for the call only.
        if unsafe access(path, F_OK) == 0 { return true }
        if errno == ENOENT || errno == ENOTDIR { return false }
        throw FileError(path: path, message: reason(errno))
    }

    /// Makes a folder where it is missing, and makes sure that files can be made in it.
    ///
    /// - Parameter key: the key of the configuration that names it, for the message.
    static func requireFolder(_ path: String, key: String) throws(FileError) {
        let hint = "; this is the folder of \(key): let this user write to it, or name another one"
        do throws(FileError) {
            try makeFolder(path)
        } catch {
            throw FileError(path: error.path, message: error.message + hint)
        }
        // Safe because: the path is handed over as a C string for the call only.
        guard unsafe access(path.isEmpty ? "." : path, W_OK | X_OK) == 0 else {
            throw FileError(path: path.isEmpty ? "." : path, message: reason(errno) + hint)
        }
    }

    /// Removes a file if it is there.
    static func remove(_ path: String) {
        // Safe because: the path is handed over as a C string for the call only.
        _ = unsafe unlink(path)
    }

    /// Whether others than the owner may read a file; false where there is none.
    static func isReadableByOthers(_ path: String) -> Bool {
        var status = stat()
        // Safe because: `stat` fills the structure it is given.
        guard unsafe stat(path, &status) == 0 else { return false }
        return status.st_mode & 0o077 != 0
    }

    private static func write(_ bytes: [UInt8], closing descriptor: CInt, path: String) throws(FileError) {
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            // Safe because: exactly the buffer's own bytes are handed over.
            let count = unsafe rest.withUnsafeBytes { unsafe SluiceNode.write(descriptor, $0) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileError(path: path, message: reason(errno)) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw FileError(path: path, message: reason(errno)) }
    }

    /// The system's words for an error number.
    static func reason(_ code: CInt) -> String {
        // Safe because: the text is copied at once.
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}

/// `read(2)` into a buffer.
private func read(_ descriptor: CInt, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    #if canImport(Glibc)
        unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
    #elseif canImport(Musl)
        unsafe Musl.read(descriptor, buffer.baseAddress, buffer.count)
    #else
        unsafe Darwin.read(descriptor, buffer.baseAddress, buffer.count)
    #endif
}

/// `write(2)` from a buffer.
private func write(_ descriptor: CInt, _ buffer: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
        unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
    #elseif canImport(Musl)
        unsafe Musl.write(descriptor, buffer.baseAddress, buffer.count)
    #else
        unsafe Darwin.write(descriptor, buffer.baseAddress, buffer.count)
    #endif
}
