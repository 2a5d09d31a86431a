// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Which attempt of which request.
struct AttemptKey: Equatable {
    var request: RequestID
    var number: Int
}

/// Attempts opened in a batch, most of which it settles again: kept as the bytes they were read from.
struct OpenAttempts {
    private struct Entry {
        var key: AttemptKey
        /// Where its record lies in ``records``.
        var record: Range<Int>
        /// The one before it in its chain, or -1.
        var next: Int
        var isSettled = false
    }

    /// By the low bits of ids, which are by chance: the last entry of each chain, or -1.
    private var chains = [Int](repeating: -1, count: 1_024)
    private var entries: [Entry] = []
    private var records: [UInt8] = []

    mutating func open(_ key: AttemptKey, _ record: ArraySlice<UInt8>) {
        let chain = chain(of: key)
        let start = records.count
        records.append(contentsOf: record)
        entries.append(Entry(key: key, record: start..<records.count, next: chains[chain]))
        chains[chain] = entries.count - 1
    }

    /// Takes an attempt out that is settled; nothing where it was not opened here.
    mutating func settle(_ key: AttemptKey) {
        let chain = chain(of: key)
        var before = -1
        var index = chains[chain]
        while index >= 0 {
            if entries[index].key == key {
                if before >= 0 {
                    entries[before].next = entries[index].next
                } else {
                    chains[chain] = entries[index].next
                }
                entries[index].isSettled = true
            } else {
                before = index
            }
            index = entries[index].next
        }
    }

    /// What is still open, in the order it was opened; what cannot be read is counted.
    func left(_ reader: inout RecordReader, damaged: inout Int) -> [OpenedAttempt] {
        var left: [OpenedAttempt] = []
        for entry in entries where !entry.isSettled {
            reader.load(Array(records[entry.record]))
            do throws(MalformedRecord) { left.append(try RecordCodec.opened(&reader)) } catch { damaged += 1 }
        }
        return left
    }

    private func chain(of key: AttemptKey) -> Int { Int(truncatingIfNeeded: key.request.low & 1_023) }
}
