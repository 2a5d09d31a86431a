// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP

/// What a call has to do with limits and budgets, from its admission to its end.
struct CallCharges {
    /// What it holds of them, where any hold for it.
    var hold: SpendingHold?
    /// It makes something that costs what a later call will say: its own cost is not known.
    var isToBePaid = false
    /// What the call fetches and nobody has paid for yet.
    var owed: Pin?
    /// What was set aside for the answer that it fetches, and pays for.
    private var paid: OwedCharges.Held?

    /// Something is to be charged or given back at the call's end.
    var areOpen: Bool { hold != nil || paid != nil }

    /// Whether a usage that is told once more is put on record here, since it was not known when the answer was asked for.
    mutating func paysOwed(on loop: GatewayLoop) -> Bool {
        guard let owed, loop.pins.pay(owed.digest) else { return false }
        loop.sink.append(.pinned(owed), loop: loop.http.index)
        paid = loop.pins.owed.take(owed.digest)
        return true
    }

    /// Puts on record what the call is charged, and gives back what it holds; once.
    @inline(never)
    mutating func end(_ outcome: Outcome, on loop: GatewayLoop) {
        if let hold { end(hold, outcome, on: loop) }
        guard let held = paid else { return }
        paid = nil
        // The request that had the answer made is charged what it came to, and this one nothing.
        append(held.settle(at: held.spent.addingHeld(outcome.costForCaller)), on: loop)
        append(
            Charge(request: outcome.request, at: outcome.startedAt, amount: .zero, isSettled: true, scope: held.scope),
            on: loop
        )
    }

    private func end(_ hold: SpendingHold, _ outcome: Outcome, on loop: GatewayLoop) {
        for late in loop.pins.owed.due(at: hold.moment) { append(late.settle(at: late.amount), on: loop) }
        guard let owes = hold.owes, let held = hold.handOver(outcome) else {
            if let charge = hold.settle(outcome) { append(charge, on: loop) }
            return
        }
        if let twice = loop.pins.owed.put(owes, held) { append(twice.settle(at: twice.amount), on: loop) }
    }

    private func append(_ charge: Charge, on loop: GatewayLoop) {
        loop.sink.append(.charged(charge), loop: loop.http.index)
    }
}
