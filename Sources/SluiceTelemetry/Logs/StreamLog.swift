// SPDX-License-Identifier: Apache-2.0
package import Logging
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A log handler that writes one line per entry, in JSON or text, to standard error or where it is told.
///
/// Metadata names are dotted (`sluice.request.id`). Values whose name speaks of a secret are not written, whatever they
/// hold: the last net under the rule that secrets are never logged.
package struct StreamLog: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let format: LogFormat
    private let now: @Sendable () -> String
    private let write: @Sendable (String) -> Void

    /// A handler.
    ///
    /// - Parameters:
    ///   - now: The moment as RFC 3339 text.
    ///   - write: Takes a whole line with its end; called from any thread.
    package init(
        label: String,
        format: LogFormat,
        level: Logger.Level = .info,
        now: @escaping @Sendable () -> String,
        write: @escaping @Sendable (String) -> Void = StandardError.write
    ) {
        self.label = label
        self.format = format
        self.now = now
        self.write = write
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let explicit = event.metadata { all.merge(explicit) { _, new in new } }
        if let error = event.error { all["error"] = "\(error)" }
        let entry = LogLine(time: now(), level: event.level, label: label, message: "\(event.message)", metadata: all)
        write(format == .json ? entry.json : entry.text)
    }
}

/// Standard error, a line at a time.
package enum StandardError {
    private static let turn = Mutex<Void>(())

    /// Writes a whole text; what the kernel does not take is lost.
    package static func write(_ text: String) {
        let bytes = Array(text.utf8)
        turn.withLock { _ in
            var sent = 0
            while sent < bytes.count {
                // Safe because: the pointer and the count are of one array, which lives through the call.
                let count = unsafe bytes.withUnsafeBytes {
                    unsafe writeToStandardError($0.baseAddress, $0.count, after: sent)
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                sent += count
            }
        }
    }
}

/// What the kernel took of the bytes after the first `sent` ones, or a negative number.
private func writeToStandardError(_ start: UnsafeRawPointer?, _ count: Int, after sent: Int) -> Int {
    guard let start = unsafe start else { return 0 }
    return unsafe write(2, start + sent, count - sent)
}
