// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceWire

// Requests that name what a provider keeps: only the account that made it can answer them, and no unit is asked for.

/// The assignment of a request whose body names what a provider keeps.
func assign(
    _ binding: CallFacts.Binding,
    _ request: CallRequest,
    of call: Call,
    by caller: Caller,
    on route: CompiledRoute,
    in snapshot: GatewaySnapshot,
    _ transcript: Transcript
) throws(Refusal) -> Assignment {
    let id = request.facts.boundID(in: request.body.readableBytesSpan) ?? ""
    let found = try PinnedTarget(id, by: caller, in: snapshot, transcript) { .unknown(binding, $0) }
    let assignment = try found.assignment(on: route) { .elsewhere(binding, $0, route) }
    transcript.notePinned(assignment)
    return assignment
}

/// The assignment of a request whose path names what a provider keeps, or makes it.
func assign(
    _ path: StoredPath,
    of call: Call,
    by caller: Caller,
    _ request: CallRequest,
    in snapshot: GatewaySnapshot,
    _ transcript: Transcript
) throws(Refusal) -> Assignment {
    guard let id = path.id else {
        transcript.awaitsID = true
        let route = try snapshot.route(named: call)
        transcript.outcome.route = route.id
        if let gate = caller.key.gate { try gate.admit(route.id) }
        let assignment = try assign(request, of: call, by: caller, on: route, transcript)
        guard let target = assignment.version.targets.first(where: { $0.serves(request.facts.endpoint) }) else {
            throw .notMadeHere(path, assignment)
        }
        return Assignment(route: route, version: assignment.version, only: target)
    }
    let found = try PinnedTarget(id, by: caller, in: snapshot, transcript) { .unknown(path, $0) }
    guard let own = found.own else { throw .gone(found.place) }
    let assignment = Assignment(own)
    transcript.outcome.route = assignment.route.id
    if let gate = caller.key.gate { try gate.admit(assignment.route.id) }
    transcript.notePinned(assignment)
    if found.isOwed { transcript.owed = found.paid(at: transcript.loop.wallClock()) }
    return assignment
}

/// What is known of an id that a request names.
struct PinnedTarget {
    let place: PinTable.Place
    /// Where it was made, as long as that is there.
    let own: PinnedPlace?
    let isOwed: Bool
    private let digest: Pin.Digest

    /// - Parameter unknown: what an id is refused with that this caller has not made.
    init(
        _ id: String,
        by caller: Caller,
        in snapshot: GatewaySnapshot,
        _ transcript: Transcript,
        unknown: (String) -> Refusal
    ) throws(Refusal) {
        let pins = transcript.loop.pins
        digest = caller.key.digest(of: Array(id.utf8))
        guard let found = pins.find(digest), let place = pins.place(found.place) else {
            throw unknown(String(id.unicodeScalars.prefix(64).filter { $0.value >= 0x20 }.map(Character.init)))
        }
        self.place = place
        own = snapshot.pinned[found.place]
        isOwed = found.isOwed
    }

    /// The version that made it; where the caller asks for another route, one of that route's at the same account.
    func assignment(on route: CompiledRoute, elsewhere: (PinTable.Place) -> Refusal) throws(Refusal) -> Assignment {
        guard let own else { throw .gone(place) }
        if own.route === route { return Assignment(own) }
        for version in route.versions.compactMap(\.self) {
            for target in version.targets where target.provider == place.provider && target.account == place.account {
                return Assignment(route: route, version: version, only: target)
            }
        }
        throw elsewhere(place)
    }

    /// The same, once it is paid for.
    func paid(at moment: Timestamp) -> Pin {
        Pin(
            digest: digest,
            version: place.version,
            provider: place.provider,
            account: place.account,
            madeAt: moment
        )
    }
}

extension Assignment {
    fileprivate init(_ place: PinnedPlace) { self.init(route: place.route, version: place.version, only: place.target) }
}

extension Transcript {
    /// No unit chose the version, so that the request is no evidence.
    fileprivate func notePinned(_ assignment: Assignment) {
        outcome.version = assignment.version.id
        outcome.unitSource = Outcome.pinnedSource
        judged = nil
    }
}

extension GatewaySnapshot {
    /// The route that a request means whose body names no model: by a field, else the only one there is.
    fileprivate func route(named call: Call) throws(Refusal) -> CompiledRoute {
        let field = "x-sluice-route"
        guard let value = call.headers.first(field) else {
            if distinctRoutes.count == 1 { return distinctRoutes[0] }
            throw Refusal(
                .missingModel,
                "This request names no model, and there are several routes; name one in the field \(field).",
                param: field
            )
        }
        let name = call.headers.text(value)
        let bytes = Array(name.utf8)
        // Safe because: bytes have no padding.
        guard let route = unsafe routes.find(bytes.span.bytes) else { throw modelNotFound(name) }
        return route
    }
}

extension Refusal {
    /// In the provider's own words.
    fileprivate static func unknown(_ binding: CallFacts.Binding, _ id: String) -> Refusal {
        switch binding.kind {
        case .response:
            Refusal(.previousNotFound, "Previous response with id '\(id)' not found.", param: binding.name)
        case .conversation, .cachedContent:
            Refusal(.storedNotFound, "Conversation with id '\(id)' not found.", param: binding.name)
        }
    }

    fileprivate static func unknown(_ path: StoredPath, _ id: String) -> Refusal {
        Refusal(.storedNotFound, "\(path.kind.rawValue.capitalizedASCII) with id '\(id)' not found.")
    }

    fileprivate static func gone(_ place: PinTable.Place) -> Refusal {
        Refusal(
            .accountGone,
            "Version `\(place.version)` at provider `\(place.provider)` has made this, and is gone or has another address or"
                + " credential by now; send what it holds in the request itself."
        )
    }

    fileprivate static func elsewhere(
        _ binding: CallFacts.Binding,
        _ place: PinTable.Place,
        _ route: CompiledRoute
    ) -> Refusal {
        Refusal(
            .accountGone,
            "Provider `\(place.provider)` keeps what \(binding.name) names, and route `\(route.id)` has no version there;"
                + " ask for the route that made it, or send what it holds in the request itself.",
            param: binding.name
        )
    }

    fileprivate static func notMadeHere(_ path: StoredPath, _ assignment: Assignment) -> Refusal {
        Refusal(
            .noVersion,
            "Version `\(assignment.version.id)` of route `\(assignment.route.id)` is served in a dialect that has no"
                + " \(path.kind.rawValue)s; name another route in x-sluice-route."
        )
    }
}

extension String {
    /// With a large first letter.
    fileprivate var capitalizedASCII: String { prefix(1).uppercased() + dropFirst() }
}
