// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Threads of the system, for what may block for as long as it likes.
enum SystemThread {
    /// Runs work on a thread of its own, which ends with it.
    static func start(_ work: @escaping @Sendable () -> Void) {
        // Safe because: the work is retained here once and released once, by the thread that runs it.
        let retained = unsafe Unmanaged.passRetained(Work(work))
        #if canImport(Glibc)
            var thread = pthread_t()
        #else
            var thread: pthread_t?
        #endif
        let code = unsafe pthread_create(&thread, nil, body, retained.toOpaque())
        guard code == 0 else {
            unsafe retained.release()
            preconditionFailure("no thread can be made: error \(code)")
        }
        #if canImport(Glibc)
            pthread_detach(thread)
        #else
            if let thread = unsafe thread { unsafe pthread_detach(thread) }
        #endif
    }

    #if canImport(Darwin)
        private static let body: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { raw in
            unsafe Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().run()
            return nil
        }
    #else
        private static let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { raw in
            if let raw = unsafe raw { unsafe Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().run() }
            return nil
        }
    #endif

    private final class Work: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
