// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

/// One admin request, read: what a handler sees of it.
struct AdminCall: Sendable {
    /// The path's variables by name, decoded.
    var path: [String: String]
    /// The query's parameters by name, decoded; the last of equal names.
    var query: [String: String]
    var body: [UInt8]
    /// Who makes the change, for the audit.
    var actor: String
    /// The only team whose things the caller sees.
    var team: String?
    /// The token or session behind it; absent where none is needed and none was shown.
    var bearer: AdminBearer?
    var cookies: [String: String] = [:]
    /// What the caller gave as `Idempotency-Key`.
    var idempotencyKey: String?
    /// What the body may hold.
    var schema: OpenAPISchema?
    /// The token is still taken: asked by answers that go on.
    var isAllowed: @Sendable () async -> Bool = { true }

    /// The body as JSON.
    func json() throws(AdminRefusal) -> JSONValue {
        guard !body.isEmpty else {
            throw AdminRefusal(400, "invalid_json", "The body is empty.", hint: "Send a JSON object.")
        }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: body)
        } catch {
            throw AdminRefusal(error)
        }
        if let schema { try BodyMembers.check(value, against: schema) }
        return value
    }

    /// The body as a shape.
    func shape<Shape: Decodable>(_ type: Shape.Type) throws(AdminRefusal) -> Shape {
        let json = try json()
        do throws(ShapeError) {
            return try AdminJSON.decode(type, from: json)
        } catch {
            throw AdminRefusal(error)
        }
    }

    /// The body as a shape, or one where no body was sent.
    func shape<Shape: Decodable>(_ type: Shape.Type, orEmpty empty: Shape) throws(AdminRefusal) -> Shape {
        body.isEmpty ? empty : try shape(type)
    }

    /// A change by this caller, for this reason.
    func change(_ reason: String?) throws(AdminRefusal) -> Change {
        let reason = reason ?? ""
        guard reason.count <= OpenAPISchema.reasonLimit else {
            throw .invalid("reason has more than \(OpenAPISchema.reasonLimit) characters.", field: "reason")
        }
        return Change(by: actor, because: reason, within: team)
    }

    /// Members of the body that are null.
    func cleared() throws(AdminRefusal) -> Set<String> {
        guard case .object(let object) = try json() else { return [] }
        return Set(object.members.filter { $0.value == .null }.map(\.name))
    }

    func text(_ name: String) -> String { path[name] ?? "" }

    /// A whole number among the query's parameters.
    func number(_ name: String, within range: ClosedRange<Int>, otherwise standard: Int) throws(AdminRefusal) -> Int {
        guard let text = query[name] else { return standard }
        // A number of so many digits: no sign, no zeros without end.
        guard text.utf8.count <= 19, text.first != "+", let number = Int(text), range.contains(number) else {
            throw .invalid("\(name) must be a number from \(range.lowerBound) to \(range.upperBound).", field: name)
        }
        return number
    }

    /// A moment among the query's parameters.
    func moment(_ name: String) throws(AdminRefusal) -> Timestamp? {
        guard let text = query[name] else { return nil }
        guard let moment = Timestamp(text) else {
            throw .invalid("\(name) must be a date or a moment as in 2026-11-20T23:49:04Z.", field: name)
        }
        return moment
    }

    /// A moment, or a day of a zone, which begins when its clocks say so.
    func moment(_ name: String, in zone: BudgetZone) throws(AdminRefusal) -> Timestamp? {
        guard let moment = try moment(name), query[name]?.utf8.count == 10 else { return try self.moment(name) }
        let day = moment.nanoseconds / 86_400_000_000_000
        return Timestamp(nanoseconds: 0).advanced(bySeconds: zone.second(ofDay: day))
    }

    /// An id among the query's parameters.
    func id<Subject>(_ name: String, _ type: Identifier<Subject>.Type) throws(AdminRefusal) -> Identifier<Subject>? {
        guard let text = query[name] else { return nil }
        guard let id = Identifier<Subject>(text) else { throw .invalid("\(name) is no id.", field: name) }
        return id
    }
}

/// What a handler answers.
struct AdminAnswer: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        /// Parts until `nil`; written as they come.
        case parts(@Sendable () async throws -> [UInt8]?)
        /// Parts as they happen; `stop` is called when the server shuts down, and ends them.
        case stream(AsyncStream<[UInt8]>, stop: @Sendable () -> Void)
    }

    var status: Int
    var mediaType: String
    var body: Body
    /// Where a browser is sent.
    var location: String?
    /// What a browser is to keep.
    var cookies: [String] = []

    /// Sends a browser elsewhere.
    init(redirect location: String, setting cookies: [String]) {
        self.init(302, text: "", mediaType: "text/plain")
        self.location = location
        self.cookies = cookies
    }

    init(_ status: Int = 200, text: String, mediaType: String) {
        self.status = status
        self.mediaType = mediaType
        body = .bytes(Array(text.utf8))
    }

    init(_ status: Int = 200, json: JSONValue) {
        self.status = status
        mediaType = "application/json"
        body = .bytes(json.json)
    }

    init(_ shape: some Encodable) throws(AdminRefusal) { try self.init(200, shape) }

    init(_ status: Int, _ shape: some Encodable) throws(AdminRefusal) {
        do {
            self.init(status, json: try AdminJSON.value(of: shape))
        } catch {
            throw AdminRefusal(500, "internal_error", "The answer could not be written.")
        }
    }

    init(mediaType: String, parts: @escaping @Sendable () async throws -> [UInt8]?) {
        status = 200
        self.mediaType = mediaType
        body = .parts(parts)
    }

    init(mediaType: String, stream: AsyncStream<[UInt8]>, stop: @escaping @Sendable () -> Void) {
        status = 200
        self.mediaType = mediaType
        body = .stream(stream, stop: stop)
    }
}
