// SPDX-License-Identifier: Apache-2.0

import SluiceCore

/// What stands between a key and what it asks for, ready for requests; keys that may do everything have none.
final class CompiledGate: Sendable {
    private let closed: String?
    /// Absent where all are allowed.
    private let routes: Set<RouteID>?
    /// A bit for each operation's number.
    private let operations: UInt64
    private let routeNames: String
    private let operationNames: String

    init(_ gate: KeyGate, routes all: [Route]) {
        closed = gate.closed
        let isBound = gate.scopes.contains { !$0.routes.isEmpty }
        let allowed = all.filter { route in gate.scopes.allSatisfy { $0.allows(route) } }.map(\.id)
        routes = isBound ? Set(allowed) : nil
        let own = Operation.allCases.filter { operation in
            gate.scopes.allSatisfy { $0.operations.isEmpty || $0.operations.contains(operation) }
        }
        operations = own.reduce(0) { $0 | CompiledGate.bit(of: $1) }
        routeNames = CompiledGate.list(allowed.map(\.rawValue), none: "no route that is served here")
        operationNames = CompiledGate.list(own.map(\.word), none: "no operation")
    }

    /// Lets a request for an operation pass, or refuses it.
    func admit(_ operation: Operation) throws(Refusal) {
        guard closed == nil else { throw refusal }
        guard operations & CompiledGate.bit(of: operation) == 0 else { return }
        throw Refusal(
            .forbidden,
            "This API key may not ask for \(operation.word); it may ask for \(operationNames)."
        )
    }

    /// Refuses every request where the key is closed.
    func admit() throws(Refusal) { if closed != nil { throw refusal } }

    /// Lets a request to a route pass, or refuses it.
    func admit(_ route: RouteID) throws(Refusal) {
        guard let routes, !routes.contains(route) else { return }
        throw Refusal(
            .forbidden,
            "This API key may not use the model `\(route)`; it may use \(routeNames).",
            param: "model"
        )
    }

    /// Lets a request pass that names its models where nobody reads them, or refuses it.
    func admitAnyModel() throws(Refusal) {
        guard routes != nil else { return }
        throw Refusal(
            .forbidden,
            "This API key may not make batches, which name their models themselves; it may use \(routeNames)."
        )
    }

    func shows(_ route: RouteID) -> Bool { routes?.contains(route) ?? true }

    private var refusal: Refusal { Refusal(.forbidden, closed ?? "This API key is blocked.") }

    private static func bit(of operation: Operation) -> UInt64 { 1 << UInt64(operation.rawValue & 63) }

    private static func list(_ names: [String], none: String) -> String {
        guard !names.isEmpty else { return none }
        let shown = names.prefix(20).map { "`\($0)`" }.joined(separator: ", ")
        return names.count > 20 ? "\(shown) and \(names.count - 20) others" : shown
    }
}
