// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Gives every model at every account an index that stays the same from one snapshot to the next.
///
/// Another address or credential is another account: what was learnt of the former one says nothing about it.
struct HealthTable {
    private struct Account: Hashable {
        var provider: ProviderID
        var address: ProviderAddress
        var credential: String?
    }

    private struct Target: Hashable {
        var account: Int
        var model: String
    }

    private var accounts: [Account: Int] = [:]
    private var targets: [Target: Int] = [:]
    private var made: [TargetBreakers] = []
    private var used: [Int] = []
    private let loops: Int

    /// - Parameter loops: how many event loops there are.
    init(loops: Int) { self.loops = loops }

    /// What is known of each target, by index.
    var breakers: [TargetBreakers] { made }
    /// The targets in use since ``begin()``.
    var current: [TargetBreakers] { used.sorted().map { made[$0] } }

    /// Begins a new snapshot.
    mutating func begin() { used = [] }

    mutating func index(of model: String, at provider: Provider) -> (index: Int, credential: Int) {
        let account = Account(provider: provider.id, address: provider.address, credential: provider.credential)
        let credential = accounts[account] ?? accounts.count
        accounts[account] = credential
        let target = Target(account: credential, model: model)
        let index = targets[target] ?? made.count
        if index == made.count {
            targets[target] = index
            made.append(TargetBreakers(provider: provider.id, model: model, loops: loops))
        }
        if !used.contains(index) { used.append(index) }
        return (index, credential)
    }
}
