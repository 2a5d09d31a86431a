// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// What of a journal is missing when a process takes it over.
package struct JournalGaps: Sendable, Equatable {
    /// File names of segments that are gone although the store has not taken all of them.
    package var segments: [String]
    /// There is not one segment left: the whole journal is gone, or was never brought along.
    package var isWhole: Bool
}

extension JournalReader {
    /// Looks for segments that are gone before they were read whole; asked before a journal is opened for writing.
    ///
    /// A segment names the one before it, and the store's position names those it was reading. A segment is only removed
    /// after the store took all of it, and then its position is the file's size.
    ///
    /// - Parameter segmentBytes: the size of a segment's file.
    package func gaps(
        after position: JournalPosition?,
        segmentBytes: Int = Journal.Configuration.standardSegmentBytes
    ) throws(JournalError) -> JournalGaps {
        let segments = try segmentsIfAny()
        let names = Set(segments.map(\.fileName))
        var missing: Set<String> = []
        for (name, offset) in position?.offsets ?? [:] where offset < Int64(segmentBytes) {
            if SegmentName(name)?.node == node, !names.contains(name) { missing.insert(name) }
        }
        for (first, later) in try chains(segments) {
            for name in later {
                guard let previous = try header(of: name)?.previous, previous > first.sequence else { continue }
                let before = SegmentName(node: node, loop: name.loop, sequence: previous).fileName
                let isTaken = (position?.offsets[before] ?? 0) >= Int64(segmentBytes)
                if !names.contains(before), !isTaken { missing.insert(before) }
            }
        }
        return JournalGaps(segments: missing.sorted(), isWhole: segments.isEmpty)
    }

    /// The oldest readable segment of each loop, and those after it.
    private func chains(_ segments: [SegmentName]) throws(JournalError) -> [(SegmentName, [SegmentName])] {
        var chains: [(SegmentName, [SegmentName])] = []
        for name in segments {
            if let last = chains.indices.last, chains[last].0.loop == name.loop {
                chains[last].1.append(name)
            } else if try header(of: name) != nil {
                chains.append((name, []))
            }
        }
        return chains
    }

    private func header(of name: SegmentName) throws(JournalError) -> SegmentHeader? {
        let file = try SystemFile("\(directory)/\(name.fileName)", .read)
        return SegmentHeader(try file.bytes(at: 0, count: SegmentLayout.headerSize))
    }
}
