// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// The strict rules for what stands beside the data of chunks from the open network (RFC 9112 §7.1.1, §7.1.2).
///
/// Extensions are `;name`, `;name=token` or `;name="text"` without white space; trailers are header lines as in a head,
/// without those that frame a message or name its target or its caller.
struct ChunkRules {
    private enum State { case nameStart, name, valueStart, value, quoted, escaped, afterQuoted }

    private var state = State.nameStart
    /// Bytes of the extensions at hand.
    private var extensionBytes = 0
    private var fields = 0
    private var isInName = false
    /// Of the trailer's name so far, in lower case.
    private var nameHash = ChunkRules.emptyHash

    private static let longestExtensions = 1_024
    private static let mostFields = 100

    // MARK: extensions

    /// A `;` stood behind a size.
    mutating func beginExtensions() {
        state = .nameStart
        extensionBytes = 0
    }

    mutating func takeExtension(_ byte: UInt8) throws(ChunkFault) {
        extensionBytes += 1
        guard extensionBytes <= ChunkRules.longestExtensions else { throw .tooLarge }
        guard let next = next(byte) else { throw .malformed }
        state = next
    }

    /// The line may end here.
    var endsExtensions: Bool { state == .name || state == .value || state == .afterQuoted }

    private func next(_ byte: UInt8) -> State? {
        let isToken = HeaderLine.isToken(byte)
        switch state {
        case .nameStart: return isToken ? .name : nil
        case .name:
            return isToken
                ? .name : byte == UInt8(ascii: "=") ? .valueStart : byte == UInt8(ascii: ";") ? .nameStart : nil
        case .valueStart: return isToken ? .value : byte == .quote ? .quoted : nil
        case .value: return isToken ? .value : byte == UInt8(ascii: ";") ? .nameStart : nil
        case .quoted:
            if byte == .quote { return .afterQuoted }
            if byte == .backslash { return .escaped }
            return byte.isFieldText ? .quoted : nil
        case .escaped: return byte.isFieldText ? .quoted : nil
        case .afterQuoted: return byte == UInt8(ascii: ";") ? .nameStart : nil
        }
    }

    // MARK: trailers

    /// The first byte of a trailer, which is no line end.
    mutating func beginTrailer(_ byte: UInt8) throws(ChunkFault) {
        fields += 1
        guard fields <= ChunkRules.mostFields else { throw .tooLarge }
        isInName = true
        nameHash = ChunkRules.emptyHash
        guard byte != .colon else { throw .malformed }
        try takeTrailer(byte)
    }

    /// A byte of a trailer before its line end.
    mutating func takeTrailer(_ byte: UInt8) throws(ChunkFault) {
        guard isInName else {
            guard byte.isFieldText else { throw .malformed }
            return
        }
        if byte == .colon {
            guard !ChunkRules.refused.contains(nameHash) else { throw .malformed }
            isInName = false
            return
        }
        guard HeaderLine.isToken(byte) else { throw .malformed }
        nameHash = ChunkRules.adding(byte.lowercasedASCII, to: nameHash)
    }

    /// The line may end here.
    var endsTrailer: Bool { !isInName }

    // FNV-1a: a name is compared while it comes, a byte at a time.
    private static let emptyHash: UInt64 = 0xCBF2_9CE4_8422_2325
    private static func adding(_ byte: UInt8, to hash: UInt64) -> UInt64 { (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }

    private static let refused = Set(
        [
            "content-length", "transfer-encoding", "host", "connection", "expect", "te", "trailer", "upgrade",
            "authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie",
            "content-encoding", "content-type", "content-range", "cache-control", "max-forwards",
        ].map { name in name.utf8.reduce(emptyHash) { adding($1, to: $0) } }
    )
}
