// SPDX-License-Identifier: Apache-2.0

/// What one caller, one request and one connection may take.
package struct Limits: Sendable, Equatable {
    /// Bytes of a request's head, all fields together.
    package var headerBytes = 32 << 10
    /// Bytes of one field of a request's head.
    package var headerFieldBytes = 16 << 10
    /// Fields of a request's head.
    package var headerFields = 100
    /// Bytes of a request's target: path and query.
    package var uriBytes = 8 << 10
    /// From a connection's first byte to the end of the head.
    package var headerTimeout: Duration = .seconds(10)
    /// Bytes of a request's body on the data plane.
    package var bodyBytes = 32 << 20
    /// Bytes of a request's body on the admin plane.
    package var adminBodyBytes = 1 << 20
    /// How long a connection without a request is kept.
    package var idleTimeout: Duration = .seconds(75)
    /// Connections of all callers; `nil` takes what the descriptor limit leaves.
    package var connections: Int?
    /// Requests of one caller key at the same time.
    package var inFlightPerKey = 256
    /// How long a caller may leave an answer unread before it is cut off.
    package var callerStall: Duration = .seconds(60)
    /// Connections from one address.
    package var connectionsPerAddress = 1_024

    /// Bytes of memory for the process; `nil` takes the control group's limit, 0 is none.
    package var memory: Int?

    package init() {}

    static let keys = [
        "header_size", "header_field_size", "header_fields", "uri_size", "header_timeout", "body_size",
        "admin_body_size", "idle_timeout", "connections", "in_flight_per_key", "caller_stall",
        "connections_per_address", "memory",
    ]

    init(_ field: ConfigurationField?) {
        guard let section = field?.section(Limits.keys) else { return }
        func set<Value>(_ path: WritableKeyPath<Limits, Value>, _ value: Value?) {
            if let value { self[keyPath: path] = value }
        }
        set(\.headerBytes, section.optional("header_size")?.bytes(in: (1 << 10)...(1 << 20)))
        set(\.headerFieldBytes, section.optional("header_field_size")?.bytes(in: (1 << 10)...(1 << 20)))
        set(\.uriBytes, section.optional("uri_size")?.bytes(in: 256...(1 << 20)))
        set(\.headerFields, section.optional("header_fields")?.integer(in: 10...1_000))
        set(\.headerTimeout, section.optional("header_timeout")?.duration(in: .seconds(1) ... .seconds(300)))
        set(\.bodyBytes, section.optional("body_size")?.bytes(in: (1 << 10)...(512 << 20)))
        set(\.adminBodyBytes, section.optional("admin_body_size")?.bytes(in: (1 << 10)...(64 << 20)))
        set(\.idleTimeout, section.optional("idle_timeout")?.duration(in: .seconds(1) ... .seconds(3_600)))
        set(\.connections, section.optional("connections")?.integer(in: 1...1_000_000))
        set(\.callerStall, section.optional("caller_stall")?.duration(in: .seconds(1) ... .seconds(3_600)))
        set(\.memory, section.optional("memory")?.bytes(in: (16 << 20)...(1 << 44), orOff: 0))
        set(\.inFlightPerKey, section.optional("in_flight_per_key")?.integer(in: 1...1_000_000))
        set(\.connectionsPerAddress, section.optional("connections_per_address")?.integer(in: 1...1_000_000))
    }
}
