// SPDX-License-Identifier: Apache-2.0
package import Logging
package import SluiceCore
import SluiceTelemetry
import Synchronization

/// Writes one JSON line per request to a file and rotates it by size.
///
/// Written after the store took the outcomes, so that log and ledger name the same requests, and on a thread of its own:
/// neither a slow disk nor a pipe that nobody reads holds up the ledger. A line that cannot be written, or for which
/// there is no room in the queue, is counted and left out: the ledger has it, and `usage export` gives it.
package final class TrafficLog: OutcomeObserver {
    package struct Configuration: Sendable, Equatable {
        /// Where the running file is; older ones get `.1`, `.2`, … after it.
        package var path: String
        /// Bytes, at least 4 096; a file is rotated before a batch would make it longer.
        package var maxBytes: Int64
        /// Files kept, the running one included; at least 1.
        package var files: Int

        package init(path: String, maxBytes: Int64 = 104_857_600, files: Int = 10) {
            self.path = path
            self.maxBytes = max(4_096, maxBytes)
            self.files = max(1, files)
        }
    }

    private let writer: LineWriter
    private let rotating: RotatingFile
    private let log: Logger

    /// Bytes that wait for the disk at most: some ten thousand lines.
    private static let queueBytes = 8 << 20

    package init(_ configuration: Configuration, log: Logger) {
        let rotating = RotatingFile(configuration, log: log)
        self.rotating = rotating
        self.log = log
        writer = LineWriter(
            limit: TrafficLog.queueBytes,
            gap: { lines in
                log.warning("lines of the traffic log were dropped", metadata: ["sluice.log.dropped": "\(lines)"])
                return []
            },
            write: { rotating.append($0) }
        )
    }

    /// Lines that were not written since the start.
    package var lost: Int { writer.dropped }

    package func observe(_ outcomes: [Outcome]) {
        var bytes: [UInt8] = []
        for outcome in outcomes {
            bytes.append(contentsOf: TrafficLine(outcome).json.utf8)
            bytes.append(UInt8(ascii: "\n"))
        }
        writer.write(bytes, lines: outcomes.count)
    }

    /// Opens the file anew, for a log rotated by somebody else.
    package func reopen() { rotating.reopen() }

    /// Waits until everything is written, but not longer than this; returns whether it is.
    @discardableResult
    package func flush(within limit: Duration) async -> Bool { await writer.flush(within: limit) }
}
