// SPDX-License-Identifier: Apache-2.0

/// Where a host is, as far as its name tells; nothing is looked up.
package enum HostReach: Sendable, Equatable {
    /// This machine.
    case loopback
    /// An address of RFC 1918, RFC 4193, RFC 6598 or link-local, a name without a dot, or one of a local zone.
    case privateNetwork
    /// Any other name: it may lead anywhere.
    case anywhere
    /// Any other address.
    case publicAddress

    package init(of host: String) {
        let host = host.lowercased()
        if let octets = IPv4.octets(host) {
            self = HostReach.reach(of: octets)
        } else if host.contains(":") {
            self = HostReach.reach(ofIPv6: host)
        } else if host == "localhost" || host.hasSuffix(".localhost") {
            self = .loopback
        } else if HostReach.isLocalName(host) {
            self = .privateNetwork
        } else {
            self = .anywhere
        }
    }

    /// Zones that the public name system does not know.
    private static let localZones = [
        ".local", ".internal", ".lan", ".home", ".home.arpa", ".localdomain", ".intranet", ".svc",
    ]

    private static func isLocalName(_ name: String) -> Bool {
        let name = name.hasSuffix(".") ? String(name.dropLast()) : name
        return !name.contains(".") || localZones.contains(where: name.hasSuffix)
    }

    private static func reach(of octets: [UInt8]) -> HostReach {
        switch (octets[0], octets[1]) {
        case (127, _): .loopback
        case (10, _), (172, 16...31), (192, 168), (100, 64...127), (169, 254): .privateNetwork
        default: .publicAddress
        }
    }

    private static func reach(ofIPv6 address: String) -> HostReach {
        if address == "::1" { return .loopback }
        if address.hasPrefix("::ffff:"), let octets = IPv4.octets(String(address.dropFirst(7))) {
            return reach(of: octets)
        }
        guard let first = address.split(separator: ":", omittingEmptySubsequences: false).first,
            first.utf8.count == 4, let group = UInt16(first, radix: 16)
        else { return .publicAddress }
        return group & 0xFE00 == 0xFC00 || group & 0xFFC0 == 0xFE80 ? .privateNetwork : .publicAddress
    }
}

/// IPv4 addresses as text.
package enum IPv4 {
    /// The four numbers of `192.0.2.1`; `nil` for other text.
    package static func octets(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let octets = parts.compactMap { part -> UInt8? in
            guard part.utf8.allSatisfy({ $0.isASCIIDigit }), part == "0" || !part.hasPrefix("0") else {
                return nil
            }
            return UInt8(part)
        }
        return octets.count == 4 ? octets : nil
    }
}
