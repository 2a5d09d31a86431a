// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How work behind the traffic's back keeps out of its way on a processor that both want.
package enum Pace {
    /// Outcomes after which a step of such work lets others run: well below a millisecond's worth.
    package static let stride = 64

    /// Lets threads that wait for this processor run first; costs a call of the kernel where there are none.
    package static func yield() { _ = sched_yield() }
}
