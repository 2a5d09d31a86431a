// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// What is gathered of a read: outcomes, and those attempts opened that none of them settles.
struct BatchIntake {
    private struct AttemptKey: Hashable {
        var request: RequestID
        var number: Int

        /// Most of an id is by chance, so its low half tells enough.
        func hash(into hasher: inout Hasher) { hasher.combine(request.low) }
    }

    private var opened: [OpenedAttempt] = []
    private var places: [AttemptKey: Int] = [:]
    private var outcomes: [Outcome] = []
    /// Records read.
    private(set) var count = 0
    var position = JournalPosition()
    var damaged = 0

    /// Takes the record a reader stands at.
    ///
    /// - Returns: false where it is none of ours.
    mutating func take(kind: UInt8, _ reader: inout RecordReader) -> Bool {
        do throws(MalformedRecord) {
            switch RecordCodec.Kind(rawValue: kind) {
            case .opened: open(try RecordCodec.opened(&reader))
            case .settled: settle(try RecordCodec.outcome(&reader))
            case nil: return false
            }
            count += 1
            return true
        } catch {
            return false
        }
    }

    var batch: JournalBatch {
        var batch = JournalBatch(position: position, damaged: damaged)
        batch.opened = opened
        batch.outcomes = outcomes
        batch.count = count
        return batch
    }

    private mutating func open(_ attempt: OpenedAttempt) {
        places[AttemptKey(request: attempt.request, number: attempt.number)] = opened.count
        opened.append(attempt)
    }

    private mutating func settle(_ outcome: Outcome) {
        for attempt in outcome.attempts.indices where !opened.isEmpty {
            close(AttemptKey(request: outcome.request, number: outcome.attempts[attempt].number))
        }
        outcomes.append(outcome)
    }

    /// Drops an attempt that is settled; the last one takes its place.
    private mutating func close(_ key: AttemptKey) {
        guard let place = places.removeValue(forKey: key), let last = opened.popLast(), place < opened.count else {
            return
        }
        places[AttemptKey(request: last.request, number: last.number)] = place
        opened[place] = last
    }
}
