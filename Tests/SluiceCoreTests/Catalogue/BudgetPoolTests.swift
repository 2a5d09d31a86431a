// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import Testing

@Suite("Parts of a budget")
struct BudgetPoolTests {
    private static let lasting: Duration = .seconds(30)

    /// A node with clocks of its own, which may be cut off from the store, stop or come back.
    private struct Node {
        var name: String
        var allowance = BudgetAllowance()
        /// What it has really spent; its journal has it.
        var spent: Int64 = 0
        var open: [Int64] = []
        var isCutOff = false
        var isDead = false
    }

    private struct World {
        var pool: BudgetPool
        var nodes: [Node]
        var second: Int64 = 0
        var spent: Int64 { nodes.reduce(0) { $0 + $1.spent } }
        var now: Timestamp { Timestamp(nanoseconds: 0).advanced(bySeconds: second) }
        var clock: UInt64 { UInt64(second) * 1_000_000_000 }

        /// A node asks the store; the question or the answer may be lost on its way.
        mutating func ask(_ index: Int, keeping kept: Int64? = nil, burn: Int64, losing lost: Int = 0) {
            guard !nodes[index].isCutOff, !nodes[index].isDead else { return }
            let wanted = nodes[index].allowance.wanted(burn: burn, ahead: 2)
            let asked = nodes[index].allowance.ask(keeping: kept ?? wanted)
            guard lost != 1 else { return }
            let share = pool.draw(
                nodes[index].name,
                total: asked.total,
                keeping: asked.kept,
                wanted: wanted,
                at: now,
                lasting: BudgetPoolTests.lasting
            )
            guard lost != 2 else { return }
            nodes[index].allowance.take(share, asked: asked.total, at: clock, lasting: BudgetPoolTests.lasting)
        }
    }

    @Test(
        "whatever nodes do, and whoever is cut off or killed, they never spend more than the limit together",
        arguments: 0..<40
    )
    func never(_ seed: Int) {
        var chance = SeededGenerator(seed: UInt64(seed))
        let limit = Int64.random(in: 1...2_000, using: &chance)
        var world = World(pool: BudgetPool(limit: limit), nodes: (0..<4).map { Node(name: "n\($0)") })
        for _ in 0..<1_500 {
            let index = Int.random(in: 0..<4, using: &chance)
            switch Int.random(in: 0..<20, using: &chance) {
            case 0..<8:
                let amount = Int64.random(in: 1...40, using: &chance)
                guard !world.nodes[index].isDead else { continue }
                let isSet = world.nodes[index].allowance.reserve(amount, at: world.clock)
                if isSet { world.nodes[index].open.append(amount) }
            case 8..<13:
                guard let amount = world.nodes[index].open.popLast() else { continue }
                let cost = Int64.random(in: 0...amount, using: &chance)
                world.nodes[index].spent += cost
                if !world.nodes[index].isDead { world.nodes[index].allowance.settle(amount, as: cost) }
            case 13..<16:
                world.ask(
                    index,
                    keeping: Bool.random(using: &chance) ? .max : nil,
                    burn: 20,
                    losing: Int(chance.next() % 10)
                )
            case 16: world.nodes[index].isCutOff.toggle()
            case 17: world.second += Int64.random(in: 0...15, using: &chance)
            case 18:
                // A crash: what was under way is charged as it was set aside, by the next start, which reads its journal.
                world.nodes[index].isDead = true
            default:
                guard world.nodes[index].isDead, !world.nodes[index].isCutOff else { continue }
                world.nodes[index].spent += world.nodes[index].open.reduce(0, +)
                world.nodes[index].open = []
                world.pool.leave(world.nodes[index].name, total: world.nodes[index].spent)
                world.nodes[index].allowance = BudgetAllowance(total: world.nodes[index].spent)
                world.nodes[index].isDead = false
            }
            #expect(world.spent <= limit)
            #expect(world.pool.left >= 0)
            let held = world.pool.shares.values.reduce(0) { $0 + $1.amount }
            #expect(world.pool.spent + held + world.pool.left == limit)
        }
        // Once all have told all, the store knows exactly what was spent.
        for index in world.nodes.indices {
            world.nodes[index].spent += world.nodes[index].open.reduce(0, +)
            world.pool.leave(world.nodes[index].name, total: world.nodes[index].spent)
        }
        #expect(world.pool.spent == world.spent && world.pool.left == limit - world.spent)
    }

    @Test("one node alone has all of it: a hundred calls of a cent pass under a dollar, and none more")
    func alone() {
        var world = World(pool: BudgetPool(limit: 100), nodes: [Node(name: "a")])
        var passed = 0
        for _ in 0..<150 {
            world.ask(0, burn: 1)
            guard world.nodes[0].allowance.reserve(1, at: world.clock) else { continue }
            world.nodes[0].allowance.settle(1, as: 1)
            passed += 1
        }
        #expect(passed == 100)
    }

    @Test("four nodes that ask ahead spend all of a budget together, and none more")
    func four() {
        var chance = SeededGenerator(seed: 7)
        var world = World(pool: BudgetPool(limit: 1_000), nodes: (0..<4).map { Node(name: "n\($0)") })
        var passed = 0
        for _ in 0..<20_000 where passed < 1_000 {
            let index = Int.random(in: 0..<4, using: &chance)
            world.ask(index, burn: 1)
            guard world.nodes[index].allowance.reserve(1, at: world.clock) else { continue }
            world.nodes[index].allowance.settle(1, as: 1)
            passed += 1
        }
        #expect(passed == 1_000)
    }

    @Test(
        "what a dead node had counts as spent until its journal is read, and a node that wakes up spends nothing of it"
    )
    func dead() {
        var world = World(pool: BudgetPool(limit: 100), nodes: [Node(name: "a"), Node(name: "b")])
        world.ask(0, keeping: .max, burn: 1)
        #expect(world.nodes[0].allowance.free == 100)
        world.second += 31
        #expect(world.pool.expired(at: world.now) == ["a"])
        world.ask(1, keeping: .max, burn: 10)
        #expect(world.nodes[1].allowance.free == 0)
        let wakes = world.nodes[0].allowance.reserve(1, at: world.clock)
        #expect(!wakes)
        world.pool.leave("a", total: 30)
        world.ask(1, keeping: .max, burn: 10)
        #expect(world.nodes[1].allowance.free == 70)
    }

    @Test("a node that is short is seen by those who have the rest")
    func short() {
        var world = World(pool: BudgetPool(limit: 100), nodes: [Node(name: "a"), Node(name: "b")])
        world.ask(0, keeping: .max, burn: 1)
        world.ask(1, keeping: .max, burn: 10)
        #expect(world.pool.isWanted(by: "a") && !world.pool.isWanted(by: "b"))
        world.ask(0, burn: 1)
        world.ask(1, keeping: .max, burn: 10)
        #expect(world.nodes[1].allowance.free >= 20)
        #expect(!world.pool.isWanted(by: "a"))
    }
}
