// SPDX-License-Identifier: Apache-2.0
package import Logging

/// A log handler that writes one line per entry, in JSON or text, to where it is given.
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
    ///   - write: Takes a whole line with its end; called from any thread, event loops among them: it must not wait.
    package init(
        label: String,
        format: LogFormat,
        level: Logger.Level = .info,
        now: @escaping @Sendable () -> String,
        write: @escaping @Sendable (String) -> Void
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
