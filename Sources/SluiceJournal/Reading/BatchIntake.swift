// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// What is gathered of a read: outcomes, pins, charges, and those attempts opened that none of them settles.
struct BatchIntake {
    private var open = OpenAttempts()
    private var outcomes: [Outcome] = []
    private var pins: [Pin] = []
    private var charges: [Charge] = []
    /// Records read.
    private(set) var count = 0
    var position = JournalPosition()
    var damaged = 0

    /// - Parameter expected: how many outcomes there may be.
    init(expecting expected: Int) { outcomes.reserveCapacity(expected) }

    /// Takes the record a reader stands at; one that is none of ours counts as damaged.
    mutating func take(kind: UInt8, _ reader: inout RecordReader) {
        do throws(MalformedRecord) {
            switch RecordCodec.Kind(rawValue: kind) {
            case .opened:
                let record = reader.rest
                open.open(try RecordCodec.openedKey(&reader), reader.bytes[record])
            case .settled:
                outcomes.append(try RecordCodec.outcome(&reader))
                settleLast()
            case .pinned: pins.append(try RecordCodec.pin(&reader))
            case .charged: charges.append(try RecordCodec.charge(&reader))
            case nil: throw MalformedRecord()
            }
            count += 1
        } catch {
            damaged += 1
        }
    }

    /// The whole of it; the reader is used for what is left open.
    consuming func batch(_ reader: inout RecordReader) -> JournalBatch {
        let opened = open.left(&reader, damaged: &damaged)
        var batch = JournalBatch(position: position, damaged: damaged)
        batch.opened = opened
        batch.outcomes = outcomes
        batch.pins = pins
        batch.charges = charges
        batch.count = count
        return batch
    }

    private mutating func settleLast() {
        let last = outcomes.count - 1
        for attempt in outcomes[last].attempts.indices {
            open.settle(
                AttemptKey(request: outcomes[last].request, number: outcomes[last].attempts[attempt].number)
            )
        }
    }
}
