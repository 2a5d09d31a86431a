// SPDX-License-Identifier: Apache-2.0

/// What a key may ask for; nothing said is everything.
package struct KeyScope: Sendable, Hashable {
    /// Names or aliases of routes; one that ends with `*` is the beginning of names.
    package var routes: [String]
    package var operations: [Operation]

    package init(routes: [String] = [], operations: [Operation] = []) {
        self.routes = routes
        self.operations = operations
    }

    package var isEmpty: Bool { routes.isEmpty && operations.isEmpty }

    /// How many routes may be named.
    package static let routeLimit = 1_000

    /// Whether a route is meant, by its name or an alias.
    package func allows(_ route: Route) -> Bool {
        routes.isEmpty || allows(route.id.rawValue) || route.aliases.contains { allows($0) }
    }

    private func allows(_ name: String) -> Bool {
        routes.contains { pattern in
            pattern.hasSuffix("*") ? name.utf8.starts(with: pattern.utf8.dropLast()) : name == pattern
        }
    }
}

/// What stands between a key and the data plane: only of those that have anything.
package struct KeyGate: Sendable, Equatable {
    /// Why the key is refused altogether.
    package var closed: String?
    /// All of them must allow what is asked for: the key's own, its team's.
    package var scopes: [KeyScope]

    package init(closed: String? = nil, scopes: [KeyScope] = []) {
        self.closed = closed
        self.scopes = scopes
    }

    package var isOpen: Bool { closed == nil && scopes.isEmpty }
}
