// SPDX-License-Identifier: Apache-2.0
package import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The process's open-file limit, and what of it connections may use.
package enum DescriptorBudget {
    /// Descriptors kept for the journal, the store and the logs: no connection gets one of these.
    package static let reserve = 64

    /// Client connections that fit: two descriptors for each (its own and its provider's), beside the reserve and what
    /// the admin side may take.
    package static var connections: Int { max(16, (limit - reserve - adminConnections) / 2) }

    /// Connections to the admin side.
    package static var adminConnections: Int { min(256, max(16, limit / 8)) }

    /// The reserve was not touched when this channel got its descriptor; true for a channel that has none.
    ///
    /// The kernel gives out the lowest number that is free, so all numbers below a channel's own are in use. The limit is
    /// asked for each time, since it may be lowered while the process runs: one that is left without a descriptor does not
    /// live long, as the system's library of threads opens files to count its own, and gives up where it cannot.
    package static func hasRoom(beside channel: any Channel) -> Bool {
        let number = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable {
            (handle: NIOBSDSocket.Handle) in Int(handle)
        }
        guard let number else { return true }
        return number < highest
    }

    private static var highest: Int {
        let limit = limit
        return max(limit - reserve, limit / 2)
    }

    /// The soft limit now.
    package static var limit: Int {
        var limits = rlimit()
        guard unsafe getrlimit(resource, &limits) == 0 else { return 1_024 }
        return Int(clamping: limits.rlim_cur)
    }

    /// Raises the soft limit to the hard one and returns what holds then.
    @discardableResult
    package static func raise() -> Int {
        var limits = rlimit()
        if unsafe getrlimit(resource, &limits) == 0, limits.rlim_cur < limits.rlim_max {
            limits.rlim_cur = limits.rlim_max
            _ = unsafe setrlimit(resource, &limits)
        }
        return limit
    }

    #if canImport(Glibc)
        private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
        private static var resource: Int32 { RLIMIT_NOFILE }
    #endif
}
