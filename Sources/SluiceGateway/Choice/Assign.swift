// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceJudge
import SluiceRelease
import SluiceWire

/// Which version a request goes to, and on which route it was chosen; decided once.
struct Assignment {
    let route: CompiledRoute
    let version: CompiledVersion
    /// Nobody else can answer it: no other target is asked, whatever becomes of it.
    var only: CompiledTarget?

    /// A stream that broke off after its first content is asked for again.
    var mayResume: Bool { version.midstream == .resume && only == nil }

    /// The request may be sent elsewhere, or in another form: its body must be kept.
    func mayMove(_ role: EvidenceRole?) -> Bool {
        only == nil
            && (version.targets.count > 1 || !route.fallbacks.isEmpty || route.contextFallback != nil
                || role?.rescuer != nil)
    }
}

/// Finds the route, the unit and by it the version: the split is decided here.
func assign(
    _ request: CallRequest,
    of call: Call,
    by caller: Caller,
    in snapshot: GatewaySnapshot,
    _ transcript: Transcript
) throws(Refusal) -> Assignment {
    transcript.awaitsID = request.facts.isKept
    if let path = call.stored {
        return try assign(path, of: call, by: caller, request, in: snapshot, transcript)
    }
    let route = try route(request, by: caller, in: snapshot)
    transcript.outcome.route = route.id
    if let gate = caller.key.gate { try gate.admit(route.id) }
    if call.headers.fields.pin != nil {
        throw Refusal(
            .forbidden,
            "This key may not choose a version; leave x-sluice-version out.",
            param: "x-sluice-version"
        )
    }
    if let binding = request.facts.binding, binding.isPinned {
        return try assign(binding, request, of: call, by: caller, on: route, in: snapshot, transcript)
    }
    if !request.facts.files.isEmpty, route.keepsFiles(of: request.facts.endpoint.dialect) {
        let ids = request.facts.fileIDs(in: request.body.readableBytesSpan)
        if let assignment = try assign(files: ids, by: caller, on: route, in: snapshot, transcript) {
            return assignment
        }
    }
    if let binding = request.facts.binding, route.mayMove {
        throw Refusal(
            .badRequest,
            "What \(binding.name) names is kept by the account that made it, and route `\(route.id)` has several versions or"
                + " targets; send what it holds in the request itself.",
            param: binding.name
        )
    }
    let assignment = try assign(request, of: call, by: caller, on: route, transcript)
    guard request.facts.mayBeSealed, route.mayMove else { return assignment }
    return assign(sealedIn: request, else: assignment, by: caller, in: snapshot, transcript)
}

/// The version that the split gives a request's unit on a route.
func assign(
    _ request: CallRequest,
    of call: Call,
    by caller: Caller,
    on route: CompiledRoute,
    _ transcript: Transcript
) throws(Refusal) -> Assignment {
    let digest = route.unit(of: request, call, by: caller.key, transcript)
    transcript.outcome.bucket = UInt16(clamping: digest.bucket)
    if let choice = route.choice, let version = try choose(by: choice, request, of: call, on: route, digest, transcript)
    {
        transcript.judged = nil
        transcript.outcome.version = version.id
        return Assignment(route: route, version: version)
    }
    let isWhole = !route.splitsEmbeddings && request.facts.endpoint.operation.givesVectors
    guard let (index, role) = route.assign(digest, isWhole: isWhole, now: transcript.loop.http.now) else {
        throw Refusal(.noVersion, "Route `\(route.id)` has no version that takes traffic; give one a weight.")
    }
    transcript.judged = request.facts.endpoint.operation.isBilled ? role : nil
    guard route.versions.indices.contains(index), let version = route.versions[index] else {
        throw Refusal(.noVersion, "The version chosen on route `\(route.id)` has no provider that can be asked now.")
    }
    transcript.outcome.version = version.id
    return Assignment(route: route, version: version)
}

/// The route that the caller names as its model.
private func route(
    _ request: CallRequest,
    by caller: Caller,
    in snapshot: GatewaySnapshot
) throws(Refusal) -> CompiledRoute {
    let body = request.body.readableBytesSpan
    if let model = request.facts.plainModel(in: body), let route = snapshot.routes.find(body.extracting(model)) {
        return route
    }
    let name = request.facts.modelName(in: body)
    let bytes = Array(name.utf8)
    // Safe because: bytes have no padding.
    guard let route = unsafe snapshot.routes.find(bytes.span.bytes) else {
        throw snapshot.modelNotFound(name, through: caller.key.gate)
    }
    return route
}

extension CompiledRoute {
    /// Some of its accounts keep files for callers of a dialect.
    fileprivate func keepsFiles(of dialect: Dialect) -> Bool {
        let endpoint = Outcome.Endpoint(dialect, .files)
        return versions.contains { $0?.targets.contains { $0.serves(endpoint) } == true }
    }

    /// A request may reach one of several accounts here.
    fileprivate var mayMove: Bool {
        versions.count > 1 || versions.contains { ($0?.targets.count ?? 0) > 1 } || !fallbacks.isEmpty
            || contextFallback != nil
    }

    /// The version that serves a unit, and how the request is judged: by the split, but for units of a canary that the
    /// brake holds, which production serves.
    ///
    /// - Parameter isWhole: one version of production serves every unit, and nothing is judged by it.
    fileprivate func assign(
        _ digest: UnitDigest,
        isWhole: Bool,
        now: @autoclosure () -> UInt64
    ) -> (index: Int, role: EvidenceRole?)? {
        if isWhole, let production = split.productionIndex(0) { return (production, nil) }
        guard let index = split.assign(digest) else { return nil }
        guard let watch, let arm = watch.arm(of: index) else { return (index, nil) }
        guard arm == .canary, watch.isAside else {
            let number = watch.production(of: index)
            return (index, EvidenceRole(watch: watch, arm: arm, isAside: watch.isAside, production: number))
        }
        let admission = watch.brake.isOn ? watch.brake.admit(now: now()) : watch.brake.admitDiverted(now: now())
        guard let production = split.productionIndex(digest.secondary), admission != .free else {
            return (index, EvidenceRole(watch: watch, arm: arm, isAside: admission != .free))
        }
        if admission == .trial {
            return (index, EvidenceRole(watch: watch, arm: arm, isAside: true, rescuer: production))
        }
        guard watch.arm(of: production) == .baseline else { return (production, nil) }
        let number = watch.production(of: production)
        let role = EvidenceRole(watch: watch, arm: .baseline, isAside: true, isMoved: true, production: number)
        return (production, role)
    }
}
