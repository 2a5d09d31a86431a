// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceRelease
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
    let assignment = try found.assignment(on: route) { .elsewhere(binding.name, $0, route) }
    for file in request.facts.fileIDs(in: request.body.readableBytesSpan) {
        try PinnedTarget(file: file, by: caller, in: snapshot, transcript).check(isAt: found.place)
    }
    transcript.notePinned(assignment)
    return assignment
}

/// The assignment of a request that names files; `nil` where it names none after all.
func assign(
    files ids: [String],
    by caller: Caller,
    on route: CompiledRoute,
    in snapshot: GatewaySnapshot,
    _ transcript: Transcript
) throws(Refusal) -> Assignment? {
    guard let first = ids.first else { return nil }
    let found = try PinnedTarget(file: first, by: caller, in: snapshot, transcript)
    for id in ids.dropFirst() {
        try PinnedTarget(file: id, by: caller, in: snapshot, transcript).check(isAt: found.place)
    }
    let assignment = try found.assignment(on: route, isOfAccount: true) { .elsewhere("file_id", $0, route) }
    transcript.notePinned(assignment)
    return assignment
}

/// The assignment of a request that hands back what only the account that made it can read: the newest that is known of it
/// decides, where the split says otherwise; where none is known, or its version is gone, the split holds.
func assign(
    sealedIn request: CallRequest,
    else assignment: Assignment,
    by caller: Caller,
    in snapshot: GatewaySnapshot,
    _ transcript: Transcript
) -> Assignment {
    let (isAskedFor, contents) = SealedReasoning.ofRequest(request.body.readableBytesSpan)
    if isAskedFor || !contents.isEmpty { transcript.sealed = SealedWatch() }
    let pins = transcript.loop.pins
    for content in contents.reversed().prefix(mostSealed) {
        guard let found = pins.find(caller.key.digest(of: content)) else { continue }
        guard let own = snapshot.pinned[found.place], own.route === assignment.route else { return assignment }
        if own.version === assignment.version, own.version.targets.count == 1 { return assignment }
        let pinned = Assignment(own)
        transcript.notePinned(pinned)
        return pinned
    }
    return assignment
}

/// More of a conversation than this is not looked up.
private let mostSealed = 64

/// The assignment of a request whose path names what a provider keeps, or makes it.
func assign(
    _ path: StoredPath,
    of call: Call,
    by caller: Caller,
    _ request: CallRequest,
    in snapshot: GatewaySnapshot,
    _ transcript: Transcript
) throws(Refusal) -> Assignment {
    transcript.stored = path
    transcript.listsKept = call.listsKept
    guard let id = path.id else {
        transcript.charges.isToBePaid = path.kind == .batch && call.makesKept
        if transcript.charges.isToBePaid, let gate = caller.key.gate { try gate.admitAnyModel() }
        if let files = try files(of: request, at: path, call), let first = files.first {
            return try assign(batchOf: first, files, by: caller, in: snapshot, transcript)
        }
        transcript.awaitsID = !call.listsKept
        return try assign(newAt: path, request, of: call, by: caller, in: snapshot, transcript)
    }
    let found = try PinnedTarget(id, by: caller, in: snapshot, transcript) { .unknown(path, $0) }
    guard let own = found.own ?? (path.isOfAccount ? snapshot.place(at: found.place) : nil) else {
        throw .gone(found.place)
    }
    let assignment = Assignment(own)
    transcript.outcome.route = assignment.route.id
    // A file is its owner's, whichever route led to its account.
    if !path.isOfAccount, let gate = caller.key.gate { try gate.admit(assignment.route.id) }
    transcript.notePinned(assignment)
    if found.isOwed { transcript.charges.owed = found.paid(at: transcript.loop.wallClock()) }
    return assignment
}

/// The files that a new batch names; `nil` where something else is made.
private func files(of request: CallRequest, at path: StoredPath, _ call: Call) throws(Refusal) -> [String]? {
    guard path.kind == .batch, call.method == .POST else { return nil }
    guard let files = FileReferences.ofBatch(request.body.readableBytesSpan) else {
        throw Refusal(.invalidJSON, "The body of a batch must be a JSON object.")
    }
    return files
}

/// The assignment of a new batch, to the account that keeps its files.
private func assign(
    batchOf first: String,
    _ files: [String],
    by caller: Caller,
    in snapshot: GatewaySnapshot,
    _ transcript: Transcript
) throws(Refusal) -> Assignment {
    let found = try PinnedTarget(file: first, by: caller, in: snapshot, transcript)
    for id in files.dropFirst() {
        try PinnedTarget(file: id, by: caller, in: snapshot, transcript).check(isAt: found.place)
    }
    guard let place = found.own ?? snapshot.place(at: found.place) else { throw .gone(found.place) }
    transcript.awaitsID = true
    transcript.outcome.route = place.route.id
    transcript.notePinned(Assignment(place))
    return Assignment(place)
}

/// The assignment of a request that has something kept, or lists it: the one account that keeps such things, whichever
/// route leads there; where there are several, by the route that the caller names, or the only one there is.
private func assign(
    newAt path: StoredPath,
    _ request: CallRequest,
    of call: Call,
    by caller: Caller,
    in snapshot: GatewaySnapshot,
    _ transcript: Transcript
) throws(Refusal) -> Assignment {
    if path.isOfAccount, call.headers.first(GatewaySnapshot.routeField) == nil,
        let place = snapshot.onlyPlace(of: request.facts.endpoint, through: caller.key.gate)
    {
        transcript.outcome.route = place.route.id
        transcript.outcome.version = place.version.id
        return Assignment(place)
    }
    let route = try snapshot.route(named: call)
    transcript.outcome.route = route.id
    if let gate = caller.key.gate { try gate.admit(route.id) }
    let assignment = try assign(request, of: call, by: caller, on: route, transcript)
    guard let target = assignment.version.targets.first(where: { $0.serves(request.facts.endpoint) }) else {
        throw .notMadeHere(path, assignment)
    }
    return Assignment(route: route, version: assignment.version, only: target)
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

    /// A file that a body names.
    init(
        file id: String,
        by caller: Caller,
        in snapshot: GatewaySnapshot,
        _ transcript: Transcript
    ) throws(Refusal) {
        try self.init(id, by: caller, in: snapshot, transcript) {
            Refusal(.storedNotFound, "File with id '\($0)' not found.", param: "file_id")
        }
    }

    /// Whatever else a request names must be kept by the same account.
    func check(isAt other: PinTable.Place) throws(Refusal) {
        guard place.provider != other.provider || place.account != other.account else { return }
        throw Refusal(
            .accountGone,
            "The request names what two accounts keep, at providers `\(other.provider)` and `\(place.provider)`; upload"
                + " its files to one of them.",
            param: "file_id"
        )
    }

    /// The version that made it; where the caller asks for another route, one of that route's at the same account.
    ///
    /// - Parameter isOfAccount: it is known to the account's other versions, too, where that one is gone.
    func assignment(
        on route: CompiledRoute,
        isOfAccount: Bool = false,
        elsewhere: (PinTable.Place) -> Refusal
    ) throws(Refusal) -> Assignment {
        if let own, own.route === route { return Assignment(own) }
        guard own != nil || isOfAccount else { throw .gone(place) }
        for version in route.versions.compactMap(\.self) {
            for target in version.targets where target.provider == place.provider && target.account == place.account {
                return Assignment(route: route, version: version, only: target)
            }
        }
        throw own == nil ? .gone(place) : elsewhere(place)
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
        if let choice = assignment.route.choice { outcome.choice = VersionChoice(reason: .pinned, wish: choice.wish) }
        judged = nil
    }
}

extension GatewaySnapshot {
    fileprivate static let routeField = "x-sluice-route"

    /// Where an account is reached, whatever version made something there.
    fileprivate func place(at place: PinTable.Place) -> PinnedPlace? {
        places { $0.provider == place.provider && $0.account == place.account }.first
    }

    /// Where the one account is reached that serves an endpoint; `nil` where there are several, or none.
    fileprivate func onlyPlace(of endpoint: Outcome.Endpoint, through gate: CompiledGate?) -> PinnedPlace? {
        let places = places { $0.serves(endpoint) }.filter { gate?.shows($0.route.id) ?? true }
        guard let first = places.first else { return nil }
        let isOnly = places.allSatisfy {
            $0.target.provider == first.target.provider && $0.target.account == first.target.account
        }
        return isOnly ? first : nil
    }

    /// Versions in production come first.
    private func places(_ isWanted: (CompiledTarget) -> Bool) -> [PinnedPlace] {
        var first: [PinnedPlace] = []
        var others: [PinnedPlace] = []
        for route in distinctRoutes {
            let production = route.split.productionIndex(0)
            for (index, version) in route.versions.enumerated() {
                guard let version, let target = version.targets.first(where: isWanted) else { continue }
                let place = PinnedPlace(route: route, version: version, target: target)
                if index == production { first.append(place) } else { others.append(place) }
            }
        }
        return first + others
    }

    /// The route that a request means whose body names no model: by a field, else the only one there is.
    fileprivate func route(named call: Call) throws(Refusal) -> CompiledRoute {
        let field = GatewaySnapshot.routeField
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
        _ name: String,
        _ place: PinTable.Place,
        _ route: CompiledRoute
    ) -> Refusal {
        Refusal(
            .accountGone,
            "Provider `\(place.provider)` keeps what \(name) names, and route `\(route.id)` has no version there;"
                + " ask for the route that made it, or send what it holds in the request itself.",
            param: name
        )
    }

    fileprivate static func notMadeHere(_ path: StoredPath, _ assignment: Assignment) -> Refusal {
        Refusal(
            .noVersion,
            "Version `\(assignment.version.id)` of route `\(assignment.route.id)` is served where no"
                + " \(path.kind.plural) are kept; name another route in x-sluice-route."
        )
    }
}

extension String {
    /// With a large first letter.
    fileprivate var capitalizedASCII: String { prefix(1).uppercased() + dropFirst() }
}

extension StoredPath.Kind {
    fileprivate var plural: String { self == .batch ? "batches" : rawValue + "s" }
}
