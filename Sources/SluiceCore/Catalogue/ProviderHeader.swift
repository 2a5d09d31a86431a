// SPDX-License-Identifier: Apache-2.0

/// A header field that a provider gets with every request.
package struct ProviderHeader: Sendable, Equatable {
    /// In lower case.
    package let name: String
    package let value: Secret<String>

    /// What cannot stand in a head, and what the relay writes itself, is refused.
    package init(validating name: String, value: String) throws(ProviderHeaderError) {
        let name = name.lowercased()
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(ProviderHeader.isToken) else { throw .name }
        guard !ProviderHeader.reserved.contains(name), !name.hasPrefix("x-sluice-") else { throw .reserved }
        guard (1...4_096).contains(value.utf8.count),
            value.utf8.allSatisfy({ (UInt8(ascii: " ")...UInt8(ascii: "~")).contains($0) }),
            value.utf8.first != UInt8(ascii: " "), value.utf8.last != UInt8(ascii: " ")
        else { throw .value }
        self.name = name
        self.value = Secret(value)
    }

    /// Its value looks like a secret by the field's name: it is blanked where a provider repeats it.
    package var isSecret: Bool {
        ["key", "token", "secret", "auth", "password", "cookie"].contains { name.contains($0) }
    }

    private static let reserved: Set<String> = [
        "host", "connection", "content-length", "content-type", "transfer-encoding", "te", "trailer", "upgrade",
        "keep-alive", "expect", "accept", "accept-encoding", "proxy-connection", "proxy-authorization",
    ]

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

/// Why a header for a provider is refused.
package enum ProviderHeaderError: Error, Sendable, CustomStringConvertible {
    case name, value, reserved

    package var description: String {
        switch self {
        case .name: "is no name of a header field (letters, digits and -, at most 64)"
        case .value: "must be 1 to 4096 visible ASCII characters, without a space at either end"
        case .reserved: "is written by the relay itself"
        }
    }
}
