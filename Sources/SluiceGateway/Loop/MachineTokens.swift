// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Synchronization

/// The tokens of machines that a loop has verified: each is asked about once, and found by its hash from then on.
struct MachineTokens {
    private struct Entry {
        /// Finds the key whose rights the machine has.
        var key: SIMD4<UInt64>
        var until: Timestamp
    }

    /// What was verified by, and when it was as it is: with the next snapshot all is asked anew.
    private var access: MachineTable?
    private var entries: [SIMD4<UInt64>: Entry] = [:]

    /// Only what is genuine is kept, so that nobody else can fill it.
    static let most = 4_096

    /// The hash of the key whose rights a token has.
    ///
    /// - Parameter hash: of the token's text.
    mutating func key(
        of text: [UInt8],
        hash: SIMD4<UInt64>,
        by table: MachineTable,
        at now: Timestamp
    ) throws(MachineAccess.Fault) -> SIMD4<UInt64>? {
        if access !== table {
            access = table
            entries.removeAll(keepingCapacity: true)
        }
        if let entry = entries[hash], now < entry.until { return entry.key }
        let identity = try table.access.identity(of: text, at: now)
        guard let key = CompiledKeys.words(identity.hash) else { return nil }
        if entries.count >= MachineTokens.most { entries.removeAll(keepingCapacity: true) }
        entries[hash] = Entry(key: key, until: identity.until)
        return key
    }

    var count: Int { entries.count }
}

/// Issuers of which tokens were shown whose keys are not known: read again by whoever keeps keys.
final class MissedIssuers: Sendable {
    private let names = Mutex<Set<String>>([])

    func note(_ issuer: String) { names.withLock { _ = $0.insert(issuer) } }

    /// Those since the last time.
    func take() -> Set<String> {
        names.withLock { names in
            defer { names = [] }
            return names
        }
    }
}
