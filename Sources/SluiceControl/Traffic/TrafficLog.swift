// SPDX-License-Identifier: Apache-2.0
package import Logging
package import SluiceCore
import Synchronization

/// Writes one JSON line per request to a file and rotates it by size.
///
/// Written after the store took the outcomes, so that log and ledger name the same requests. A line that cannot be
/// written is counted and left out: the ledger has it, and `usage export` gives it.
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

    private struct State {
        var file: AppendFile?
        var lost: Int64 = 0
        var isFailing = false
    }

    private let configuration: Configuration
    private let log: Logger
    private let state = Mutex(State())

    package init(_ configuration: Configuration, log: Logger) {
        self.configuration = configuration
        self.log = log
    }

    /// Lines that could not be written since the start.
    package var lost: Int64 { state.withLock { $0.lost } }

    package func observe(_ outcomes: [Outcome]) {
        var bytes: [UInt8] = []
        for outcome in outcomes {
            bytes.append(contentsOf: TrafficLine(outcome).json.utf8)
            bytes.append(0x0A)
        }
        let failed = state.withLock { state -> String? in
            do throws(AppendFileError) {
                try write(bytes, &state)
                state.isFailing = false
                return nil
            } catch {
                state.lost += Int64(outcomes.count)
                state.file = nil
                defer { state.isFailing = true }
                return state.isFailing ? nil : "\(error)"
            }
        }
        if let failed { log.warning("the traffic log cannot be written", metadata: ["error": "\(failed)"]) }
    }

    /// Opens the file anew, for a log rotated by somebody else.
    package func reopen() { state.withLock { $0.file = nil } }

    private func write(_ bytes: [UInt8], _ state: inout State) throws(AppendFileError) {
        if let size = state.file?.size, size > 0, size + Int64(bytes.count) > configuration.maxBytes {
            state.file = nil
            rotate()
        }
        var file: AppendFile
        if let open = state.file {
            file = open
        } else {
            file = try AppendFile(configuration.path)
            if file.size > 0, file.size + Int64(bytes.count) > configuration.maxBytes {
                rotate()
                file = try AppendFile(configuration.path)
            }
        }
        try file.append(bytes)
        state.file = file
    }

    /// `log` becomes `log.1`, `log.1` becomes `log.2`; the oldest is written over.
    private func rotate() {
        let path = configuration.path
        guard configuration.files > 1 else { return AppendFile.remove(path) }
        for number in stride(from: configuration.files - 2, through: 0, by: -1) {
            AppendFile.rename(number == 0 ? path : "\(path).\(number)", to: "\(path).\(number + 1)")
        }
    }
}
