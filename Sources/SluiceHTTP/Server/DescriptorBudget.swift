// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The process's open-file limit, and what of it connections may use.
package enum DescriptorBudget {
    /// Descriptors kept for the admin side, the store and the logs.
    package static let reserve = 64

    /// Client connections that fit: two descriptors for each (its own and its provider's), beside the reserve.
    package static var connections: Int { max(16, (limit - reserve) / 2) }

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
