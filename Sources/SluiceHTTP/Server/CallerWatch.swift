// SPDX-License-Identifier: Apache-2.0

/// What is to happen when the caller or the server ends a request that is being served; each is called once.
package struct CallerWatch {
    /// The caller leaves, or the connection is cut.
    package var onGone: (() -> Void)?
    /// The server ends what is under way: the answer must be over at once.
    package var onStop: (() -> Void)?

    /// Nothing is to happen.
    package init() {}

    /// Nobody hears of the server any more.
    mutating func takeStop() -> (() -> Void)? {
        defer { onStop = nil }
        return onStop
    }

    /// Nobody hears of anything any more.
    mutating func takeGone() -> (() -> Void)? {
        defer { self = CallerWatch() }
        return onGone
    }
}
