// SPDX-License-Identifier: Apache-2.0
import SluiceGateway
import Testing

@testable import SluiceNode

@Suite("Memory")
struct MemoryGuardTests {
    @Test("requests are refused from 85 % on, connections from 95 %, and each ends five points lower")
    func hysteresis() {
        var memory = MemoryGuard(limit: 1_000)
        let looks: [(Int, Gateway.Pressure?)] = [
            (0, nil), (849, nil), (850, .high), (949, nil), (800, nil), (799, Gateway.Pressure.none), (849, nil),
            (900, .high), (950, .full), (901, nil), (900, nil), (899, .high), (949, nil), (2_000, .full),
            (799, Gateway.Pressure.none), (5_000, .full), (0, Gateway.Pressure.none),
        ]
        for (index, (resident, expected)) in looks.enumerated() {
            let change = memory.look(resident: resident)
            #expect(change == expected, "look \(index)")
        }
    }

    @Test("memory that swings around a limit changes nothing twice")
    func swings() {
        var memory = MemoryGuard(limit: 1_000)
        var changes = 0
        for index in 0..<1_000 where memory.look(resident: index % 2 == 0 ? 870 : 830) != nil { changes += 1 }
        #expect(changes == 1)
    }

    @Test("bodies get what is left below 85 % of the limit, and what they take themselves is not counted twice")
    func room() {
        var memory = MemoryGuard(limit: 1_000)
        let looks = [(300, 0, 550), (500, 200, 550), (800, 200, 250), (700, 200, 250), (400, 0, 450), (900, 0, 0)]
        for (index, (resident, bodies, expected)) in looks.enumerated() {
            let room = memory.room(resident: resident, bodies: bodies)
            #expect(room == expected, "look \(index)")
        }
    }

    @Test("a limit of nothing does not divide by it")
    func nothing() {
        var memory = MemoryGuard(limit: 0)
        let change = memory.look(resident: 1)
        #expect(change == .full)
    }

    @Test("resident memory is the second number of statm, in pages")
    func statm() {
        #expect(SystemMemory.resident(in: "36212 1290 1003 45 0 900 0\n", pageSize: 4_096) == 1_290 * 4_096)
        for text in ["", "1", "1 x 3", "1 -5 3", "1 9223372036854775807 3", "\u{0} \u{0}"] {
            #expect(SystemMemory.resident(in: text, pageSize: 4_096) == nil, "\(text)")
        }
        #if os(Linux)
            #expect((SystemMemory.resident ?? 0) > 1 << 20)
        #endif
    }

    @Test("the least limit of a group and those above it holds, in both versions of control groups")
    func groups() {
        let files = [
            "/sys/fs/cgroup/memory.max": "max\n",
            "/sys/fs/cgroup/system.slice/memory.max": "268435456\n",
            "/sys/fs/cgroup/system.slice/sluice.service/memory.max": "536870912\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "104857600\n",
        ]
        func limit(_ text: String) -> Int? { SystemMemory.groupLimit(in: text) { files[$0] } }
        #expect(limit("0::/system.slice/sluice.service\n") == 268_435_456)
        #expect(limit("0::/\n") == nil)
        #expect(limit("9:cpu,cpuacct:/x\n4:memory:/docker/abc\n0::/\n") == 104_857_600)
        #expect(limit("4:memory:/not/visible/here\n") == nil)
        for text in ["", "\n", ":::", "0:", "memory", "4:memory", "4:memory:" + String(repeating: "/a", count: 9_999)] {
            #expect(limit(text) == nil)
        }
        #expect(SystemMemory.groupLimit(in: "0::/\n") { _ in "-5" } == nil)
    }
}
