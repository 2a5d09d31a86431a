// SPDX-License-Identifier: Apache-2.0

/// Where an attempt is counted while it is at a target: among its version's requests in flight, and under the target's
/// adaptive limit, as far as they have one.
///
/// It is in one slot of each at most, and leaves them at its end.
struct TargetSlots: ~Copyable {
    private let loop: GatewayLoop
    private var version: InFlightCount?
    private var target: Int?

    init(on loop: GatewayLoop) { self.loop = loop }

    deinit { giveBack() }

    /// Takes a slot of a version, and gives back the one that was held; `false` where there is none.
    mutating func enter(_ version: CompiledVersion) -> Bool {
        guard let limit = version.limit else {
            leaveVersion()
            return true
        }
        if limit.live === self.version { return true }
        guard limit.live.enter(limit: limit.most) else { return false }
        leaveVersion()
        self.version = limit.live
        return true
    }

    /// Takes a slot of a target, and gives back the one that was held; `false` where there is none.
    mutating func enter(_ target: CompiledTarget) -> Bool {
        guard reserve(target) else { return false }
        hold(target)
        return true
    }

    /// Takes a slot of each and gives back those that were held; `false` where one has none, and then nothing changes.
    mutating func move(to version: CompiledVersion, _ target: CompiledTarget) -> Bool {
        guard reserve(target) else { return false }
        guard enter(version) else {
            if let index = target.limit, index != self.target { loop.leaveTarget(index) }
            return false
        }
        hold(target)
        return true
    }

    /// Takes a slot of a target beside the one that is held, unless that is the same.
    private func reserve(_ target: CompiledTarget) -> Bool {
        guard let index = target.limit, index != self.target else { return true }
        return loop.enterTarget(index)
    }

    /// Holds the slot that was reserved, in the place of the former.
    private mutating func hold(_ target: CompiledTarget) {
        guard target.limit != self.target else { return }
        leaveTarget()
        self.target = target.limit
    }

    mutating func leaveVersion() {
        version?.leave()
        version = nil
    }

    private mutating func leaveTarget() {
        if let target { loop.leaveTarget(target) }
        target = nil
    }

    mutating func leave() {
        leaveVersion()
        leaveTarget()
    }

    private func giveBack() {
        version?.leave()
        if let target { loop.leaveTarget(target) }
    }
}
