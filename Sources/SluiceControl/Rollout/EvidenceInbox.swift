// SPDX-License-Identifier: Apache-2.0
import SluiceCore
package import SluiceRelease
import Synchronization

/// Where the data plane hands up its evidence, and the clock of the blocks.
///
/// Event loops append and go on: the lock is held for as long as that takes and no longer. The clock never runs backwards,
/// neither within a process (it is given a steady one) nor over a restart (see ``raise(to:)``).
package final class EvidenceInbox: EvidenceSink {
    private struct Loop {
        var openSince: Int64
        var reportedThrough: Int64
        var reportedAt: Int64
    }

    private struct State {
        var records: [EvidenceRecord] = []
        var brakes: [(rollout: RolloutID, move: BrakeMove)] = []
        var lost: Int64 = 0
        var loops: [Int: Loop] = [:]
        var offset: Int64 = 0
        var latest = Int64.min
    }

    /// What came in between two visits.
    struct Contents {
        var records: [EvidenceRecord]
        var brakes: [(rollout: RolloutID, move: BrakeMove)]
        /// Seconds that the clock of the blocks is ahead of the one that records are stamped with.
        var offset: Int64
        var now: Int64
        var reported: ReportedThrough
    }

    private let state = Mutex(State())
    private let seconds: @Sendable () -> Int64
    private let capacity: Int

    /// A loop that says nothing for so many seconds has nothing open.
    private static let silence: Int64 = 5
    private static let mostBrakes = 1_000

    /// An empty inbox.
    ///
    /// - Parameters:
    ///   - capacity: Records kept between two visits.
    ///   - seconds: the seconds since 1970 by the clock that the records are stamped with; must not jump.
    package init(capacity: Int = 1 << 20, seconds: @escaping @Sendable () -> Int64) {
        self.capacity = capacity
        self.seconds = seconds
    }

    // MARK: The clock

    /// Seconds on the clock of the blocks; never less than before.
    package var now: Int64 { state.withLock { now(&$0) } }

    private func now(_ state: inout State) -> Int64 {
        state.latest = max(state.latest, seconds().addingReportingOverflow(state.offset).partialValue)
        return state.latest
    }

    /// Moves the clock on where what is stored is later than the clock: it was set back while the process was away.
    func raise(to second: Int64) {
        state.withLock { state in
            let now = now(&state)
            if second > now { state.offset += second - now }
        }
    }

    // MARK: From the event loops

    package func append(_ records: [EvidenceRecord], loop: Int, openSince: Int64, reportedThrough: Int64) {
        state.withLock { state in
            let now = now(&state)
            state.loops[loop] = Loop(
                openSince: openSince + state.offset,
                reportedThrough: reportedThrough + state.offset,
                reportedAt: now
            )
            let room = capacity - state.records.count
            state.records += records.prefix(max(0, room))
            state.lost += Int64(max(0, records.count - room))
        }
    }

    package func brake(_ rollout: RolloutID, _ move: BrakeMove) {
        state.withLock { state in
            guard state.brakes.count < EvidenceInbox.mostBrakes else {
                state.lost += 1
                return
            }
            state.brakes.append((rollout, move))
        }
    }

    /// Records dropped because nobody came for them: requests were served that the judge knows nothing of.
    package var lostRecords: Int64 { state.withLock { $0.lost } }

    // MARK: For the tallies

    /// Takes out what came in.
    func take() -> Contents {
        state.withLock { state in
            let now = now(&state)
            defer {
                state.records.removeAll(keepingCapacity: true)
                state.brakes = []
            }
            return Contents(
                records: state.records,
                brakes: state.brakes,
                offset: state.offset,
                now: now,
                reported: reported(state, now)
            )
        }
    }

    private func reported(_ state: State, _ now: Int64) -> ReportedThrough {
        let loops = state.loops.values.filter { now - $0.reportedAt <= EvidenceInbox.silence }
        return ReportedThrough(loops.map { ($0.openSince, min($0.reportedThrough, now)) }, now: now)
    }
}
