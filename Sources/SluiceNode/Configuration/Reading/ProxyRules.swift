// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Which proxy the environment names, and for whom not: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case.
struct ProxyRules {
    /// The proxy for `https://`, as it stands there, and the variable it came from.
    let proxy: (name: String, text: String)?
    private let exceptions: [Substring]

    init(_ environment: [String: String]) {
        func first(_ names: [String]) -> (name: String, text: String)? {
            for name in names {
                if let text = environment[name].map(SecretRules.trimmed), !text.isEmpty { return (name, text) }
            }
            return nil
        }
        proxy = first(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
        let list = first(["no_proxy", "NO_PROXY"])?.text ?? ""
        exceptions = list.split { $0 == "," || $0 == " " }.map { $0 }
    }

    /// Whether connections to a host go directly: this machine, and what `NO_PROXY` names.
    ///
    /// An entry is `*`, a name (which stands for the names below it too, with or without a dot before it), an address, a
    /// network such as `10.0.0.0/8`, each with or without a port.
    func isDirect(_ address: ProviderAddress) -> Bool {
        if address.reach == .loopback { return true }
        let host = address.host.lowercased()
        return exceptions.contains { ProxyRules.matches(String($0).lowercased(), host: host, port: address.port) }
    }

    private static func matches(_ entry: String, host: String, port: Int) -> Bool {
        if entry == "*" { return true }
        var entry = entry
        if entry.hasPrefix("["), let end = entry.firstIndex(of: "]") {
            let tail = entry[entry.index(after: end)...]
            guard tail.isEmpty || tail == ":\(port)" else { return false }
            entry = String(entry[entry.index(after: entry.startIndex)..<end])
        } else if let colon = entry.firstIndex(of: ":"), entry.lastIndex(of: ":") == colon {
            guard entry[entry.index(after: colon)...] == "\(port)" else { return false }
            entry = String(entry[..<colon])
        }
        if let network = IPv4Network(entry), let octets = IPv4.octets(host) { return network.holds(octets) }
        if entry.hasPrefix("*.") { entry.removeFirst() }
        let name = entry.hasPrefix(".") ? String(entry.dropFirst()) : entry
        return !name.isEmpty && (host == name || host.hasSuffix(".\(name)"))
    }
}

/// `10.0.0.0/8`.
private struct IPv4Network {
    private let base: UInt32
    private let mask: UInt32

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let octets = IPv4.octets(String(parts[0])), let bits = Int(parts[1]),
            (0...32).contains(bits)
        else { return nil }
        mask = bits == 0 ? 0 : UInt32.max << UInt32(32 - bits)
        base = IPv4Network.number(octets) & mask
    }

    func holds(_ octets: [UInt8]) -> Bool { IPv4Network.number(octets) & mask == base }

    private static func number(_ octets: [UInt8]) -> UInt32 { octets.reduce(0) { $0 << 8 | UInt32($1) } }
}
