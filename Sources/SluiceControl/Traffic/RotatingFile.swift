// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization

/// The running file of a traffic log and those before it; written by one thread, which may wait for the disk.
final class RotatingFile: Sendable {
    private struct State {
        var file: AppendFile?
        var isFailing = false
    }

    private let configuration: TrafficLog.Configuration
    private let log: Logger
    private let state = Mutex(State())
    private let isToReopen = Atomic<Bool>(false)

    init(_ configuration: TrafficLog.Configuration, log: Logger) {
        self.configuration = configuration
        self.log = log
    }

    /// Writes whole lines; returns whether it could, and says once why not.
    func append(_ bytes: [UInt8]) -> Bool {
        let failed = state.withLock { state -> (isNew: Bool, reason: String)? in
            do throws(AppendFileError) {
                if isToReopen.exchange(false, ordering: .relaxed) { state.file = nil }
                try write(bytes, &state)
                state.isFailing = false
                return nil
            } catch {
                state.file = nil
                defer { state.isFailing = true }
                return (!state.isFailing, "\(error)")
            }
        }
        if let failed, failed.isNew {
            log.warning("the traffic log cannot be written", metadata: ["error": "\(failed.reason)"])
        }
        return failed == nil
    }

    /// Opens the file anew before the next line; does not wait for one that is being written.
    func reopen() { isToReopen.store(true, ordering: .relaxed) }

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
