// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the system says of this process's memory; both are unknown where it has no `/proc`.
enum SystemMemory {
    /// Bytes of memory the process has in use, file pages included.
    static var resident: Int? {
        text(of: "/proc/self/statm").flatMap { resident(in: $0, pageSize: Int(getpagesize())) }
    }

    /// The least limit of memory that a control group (of either version) sets to this process, in bytes.
    static var groupLimit: Int? { text(of: "/proc/self/cgroup").flatMap { groupLimit(in: $0, reading: text) } }

    /// Gives memory that was freed back to the system, where the allocator keeps it.
    static func giveBack() {
        #if canImport(Glibc)
            // Its header is in no module. Safe because: the symbol, where it is there, has this type, see malloc_trim(3).
            guard let symbol = unsafe dlsym(nil, "malloc_trim") else { return }
            let trim = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)
            _ = trim(0)
        #endif
    }

    /// Has the allocator take pieces of half a mebibyte and more straight from the system, and give them back when freed.
    ///
    /// By itself it raises that bound to the largest piece that was ever freed, and what is below it stays with the process.
    static func keepLargePiecesApart() {
        #if canImport(Glibc)
            // Safe because: the symbol, where it is there, has this type, see mallopt(3); -3 is M_MMAP_THRESHOLD.
            guard let symbol = unsafe dlsym(nil, "mallopt") else { return }
            let set = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
            _ = set(-3, 512 * 1_024)
        #endif
    }

    /// Reads the text of `/proc/self/statm`: its second number counts resident pages, see proc(5).
    static func resident(in text: String, pageSize: Int) -> Int? {
        let fields = text.split(whereSeparator: \.isWhitespace)
        guard fields.count > 1, let pages = Int(fields[1]), pages >= 0 else { return nil }
        let (bytes, overflow) = pages.multipliedReportingOverflow(by: pageSize)
        return overflow ? nil : bytes
    }

    /// Reads the text of `/proc/self/cgroup`, see cgroups(7), and the limits of the groups it names and those above them.
    static func groupLimit(in text: String, reading read: (String) -> String?) -> Int? {
        var least: Int?
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let isUnified = fields[0] == "0" && fields[1].isEmpty
            guard isUnified || fields[1].split(separator: ",").contains("memory") else { continue }
            let (root, file) =
                isUnified
                ? ("/sys/fs/cgroup", "memory.max") : ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            var names = fields[2].split(separator: "/").prefix(64)
            while true {
                let path = ([root] + names.map(String.init) + [file]).joined(separator: "/")
                if let limit = read(path).flatMap(limit) { least = min(least ?? limit, limit) }
                guard names.popLast() != nil else { break }
            }
        }
        return least
    }

    /// A group's limit; `max`, and what is more than any machine has, is none.
    private static func limit(_ text: String) -> Int? {
        let digits = text.prefix { !$0.isWhitespace }
        guard let limit = Int(digits), limit > 0, limit < 1 << 50 else { return nil }
        return limit
    }

    private static func text(of path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
