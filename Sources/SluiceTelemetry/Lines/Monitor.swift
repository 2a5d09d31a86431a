// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A value behind a lock, and a thread that sleeps until the value gives it something to do.
@safe final class Monitor<Value: Sendable>: @unchecked Sendable {
    // Safe because: `value` is only touched between lock and unlock, and the two pointers are the object's own until it
    // goes, when nobody can be waiting on them.
    private var value: Value
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init(_ value: Value) {
        self.value = value
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_cond_init(changed, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(lock)
        unsafe changed.deallocate()
        unsafe lock.deallocate()
    }

    /// Changes the value and wakes the thread that waits.
    func with<Answer>(_ body: (inout Value) -> Answer) -> Answer {
        unsafe pthread_mutex_lock(lock)
        defer {
            unsafe pthread_cond_signal(changed)
            unsafe pthread_mutex_unlock(lock)
        }
        return body(&value)
    }

    /// Looks at the value.
    func read<Answer>(_ body: (Value) -> Answer) -> Answer {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return body(value)
    }

    /// Sleeps until `body`, asked now and after each change, has an answer; for one thread, which may sleep.
    func wait<Answer>(_ body: (inout Value) -> Answer?) -> Answer {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        while true {
            if let answer = body(&value) { return answer }
            unsafe pthread_cond_wait(changed, lock)
        }
    }
}
