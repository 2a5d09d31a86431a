// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Where a listener binds: a host and a port.
package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    package var host: String
    /// 0 lets the system choose.
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// The host of an address that takes connections to all addresses of this machine, IPv4 and IPv6.
    package static let everywhere = "*"

    /// Reads `127.0.0.1:4000`, `[::1]:4000`, `localhost:4000`, or `:4000` and `*:4000` for all addresses.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        var host = text[..<colon]
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0.isASCIIDigit }), let port = Int(digits),
            (0...65_535).contains(port)
        else { return nil }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard host.utf8.allSatisfy({ $0.isVisibleASCII && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "@") }) else {
            return nil
        }
        guard host == "*" || !host.contains("*") else { return nil }
        self.init(host: host.isEmpty ? ListenAddress.everywhere : String(host), port: port)
    }

    /// What a socket is bound to: `::` takes IPv4 as well, where this machine has IPv6.
    var bindHost: String {
        guard host == ListenAddress.everywhere else { return host }
        return SystemAddress.hasIPv6 ? "::" : "0.0.0.0"
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether only programs of this machine can reach it.
    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    /// The host a client on this machine can use: `127.0.0.1` where the listener takes all addresses.
    package var clientHost: String {
        switch host {
        case "0.0.0.0", ListenAddress.everywhere: "127.0.0.1"
        case "::": "[::1]"
        default: host.contains(":") ? "[\(host)]" : host
        }
    }
}

/// Where the store is.
package enum StoreAddress: Sendable, Hashable {
    /// A SQLite file, by its full path.
    case sqlite(path: String)

    /// The full path of the file.
    package var path: String {
        switch self {
        case .sqlite(let path): path
        }
    }
}
