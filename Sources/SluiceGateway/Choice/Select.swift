// SPDX-License-Identifier: Apache-2.0
import Crypto
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceRelease
import SluiceWire

extension Exchange {
    /// Finds the route, the unit and by it the version; makes the provider's request.
    func select() throws(Refusal) {
        guard let scan = self.scan.take(), let kept = self.body.take(), case .relay(let endpoint) = endpoint else {
            throw Refusal(.internalFault, "nothing to relay")
        }
        let body = kept.readableBytesSpan
        let route = try route(scan, body)
        outcome.route = route.id
        if headers.fields.pin != nil {
            throw Refusal(
                .forbidden,
                "This key may not choose a version; leave x-sluice-version out.",
                param: "x-sluice-version"
            )
        }
        let digest = unit(of: route, scan, body)
        outcome.bucket = UInt16(clamping: digest.bucket)
        guard let index = assign(digest, on: route) else {
            throw Refusal(.noVersion, "Route `\(route.id)` has no version that takes traffic; give one a weight.")
        }
        guard route.versions.indices.contains(index), let version = route.versions[index] else {
            throw Refusal(.noVersion, "The version chosen on route `\(route.id)` has no provider.")
        }
        self.version = version
        self.route = route
        outcome.version = version.id
        let target = try firstTarget(version, on: route)
        guard target.isSpoken, let requestHead = target.head(for: endpoint) else {
            throw Refusal(
                .noVersion,
                "Version `\(version.id)` is served in a dialect that this endpoint does not speak."
            )
        }
        self.target = target
        deadline = try limit(target)
        if scan.isStream, let silence = version.keepalive {
            // A library that waits for less time than that would give up on a stream that is well.
            keepalive = min(silence, headers.readTimeoutNanoseconds.map { $0 / 2 } ?? .max)
            pingAt = now &+ keepalive
        }
        try rewrite(scan, body, for: target, head: requestHead)
        if mayMove(version, on: route) {
            (self.body, self.scan) = (kept, scan)
        } else if bodyRoom > 0 {
            // Only what was made of the body is needed from now on.
            leaveRoom(but: bodyRoom / snapshot.copiesOfBody * (snapshot.copiesOfBody - 1))
        }
    }

    /// The route that the caller names as its model.
    private func route(_ scan: RequestScan, _ body: RawSpan) throws(Refusal) -> CompiledRoute {
        if let place = scan.plainModel(in: body), let route = snapshot.routes.find(body.extracting(place)) {
            return route
        }
        let name = scan.modelName(in: body)
        let bytes = Array(name.utf8)
        // Safe because: bytes have no padding.
        guard let route = unsafe snapshot.routes.find(bytes.span.bytes) else { throw snapshot.modelNotFound(name) }
        return route
    }

    /// The place asked first: the assigned version's, or a fallback version's where that one takes no more requests.
    private func firstTarget(_ version: CompiledVersion, on route: CompiledRoute) throws(Refusal) -> CompiledTarget {
        let reason: String
        if enter(version) {
            if version.targets.count > 1 {
                order = ordered(version)
                if let free = order.first(where: { enter($0) }) { return free }
            } else {
                let only = version.targets[0]
                if enter(only) { return only }
            }
            leaveVersion()
            reason = "is slow under its load and takes no more requests for the moment"
        } else {
            reason = "has \(version.limit?.most ?? 0) requests in flight, which is its limit"
        }
        for fallback in route.fallbacks where fallback.id != version.id && enter(fallback) {
            guard let free = ordered(fallback).first(where: { enter($0) }) else { continue }
            // Nothing is learnt about a version that was not asked.
            judged = nil
            return free
        }
        throw Refusal(.overloaded, "Version `\(version.id)` \(reason); try again.", retryAfter: home.pauseAsked())
    }

    /// Makes the provider's request anew for another place; `false` where it cannot be served there.
    func prepare(_ target: CompiledTarget) -> Bool {
        guard let scan, let body, case .relay(let endpoint) = endpoint, target.isSpoken,
            let head = target.head(for: endpoint)
        else { return false }
        do throws(Refusal) {
            try rewrite(scan, body.readableBytesSpan, for: target, head: head)
        } catch {
            return false
        }
        return true
    }

    /// The provider's request is not needed any more.
    func dropRequest() {
        var sent = ByteBuffer()
        swap(&sent, &request)
        home.spareBuffers.keep(sent)
    }

    /// The caller's body is not needed any more, nor what was made of it.
    func dropBody() {
        body = nil
        scan = nil
        leaveRoom()
    }

    /// The first unit source of the route that this request has; by chance where it has none.
    private func unit(of route: CompiledRoute, _ scan: RequestScan, _ body: RawSpan) -> UnitDigest {
        for index in route.units.indices {
            guard let digest = unit(route.units[index], route, scan, body) else { continue }
            outcome.unitSource = route.unitNames[index]
            outcome.unitHash = digest.primary
            return digest
        }
        outcome.unitSource = "random"
        return UnitDigest(primary: home.chance.next(), secondary: home.chance.next())
    }

    private func unit(
        _ place: UnitPlace,
        _ route: CompiledRoute,
        _ scan: RequestScan,
        _ body: RawSpan
    ) -> UnitDigest? {
        switch place {
        case .sluiceUnit: headers.fields.unit.flatMap { unit(at: $0, route) }
        case .field(let index): headers.first(route.unitFields[index]).flatMap { unit(at: $0, route) }
        case .session:
            if let place = headers.fields.session {
                unit(at: place, route)
            } else {
                unit(from: .session, route, scan, body)
            }
        case .key: key.flatMap { unit($0.id.rawValue, route) }
        case .promptCacheKey: unit(from: .promptCacheKey, route, scan, body)
        case .user: unit(from: .user, route, scan, body)
        case .conversation: conversation(route, scan, body)
        }
    }

    /// The unit that a header field names; what is no UTF-8 in it is replaced.
    private func unit(at place: Range<Int>, _ route: CompiledRoute) -> UnitDigest? {
        guard headers.isASCII(place) else { return unit(headers.text(place), route) }
        // Safe because: bytes have no padding.
        return headers.with(place) { unsafe unit($0.bytes, route) }
    }

    /// The unit that the body names.
    private func unit(
        from source: UnitSource,
        _ route: CompiledRoute,
        _ scan: RequestScan,
        _ body: RawSpan
    ) -> UnitDigest? {
        if let place = scan.plainUnit(from: source, in: body) { return unit(body.extracting(place), route) }
        return scan.unit(from: source, in: body).flatMap { unit($0, route) }
    }

    private func unit(_ text: String, _ route: CompiledRoute) -> UnitDigest? {
        let bytes = Array(text.utf8)
        // Safe because: bytes have no padding.
        return unsafe unit(bytes.span.bytes, route)
    }

    private func unit(_ bytes: RawSpan, _ route: CompiledRoute) -> UnitDigest? {
        guard bytes.byteCount > 0, let key else { return nil }
        return UnitDigest(salt: route.salt, scope: key.scope, unit: bytes)
    }

    private func conversation(_ route: CompiledRoute, _ scan: RequestScan, _ body: RawSpan) -> UnitDigest? {
        var digest = SHA256()
        let isThere = scan.withConversation(in: body) { bytes in
            // Safe because: the digest only reads within the span.
            unsafe bytes.withUnsafeBytes { unsafe digest.update(bufferPointer: $0) }
        }
        guard isThere else { return nil }
        // Safe because: the digest lives during the call.
        return unsafe digest.finalize().withUnsafeBytes { unsafe unit(RawSpan(_unsafeBytes: $0), route) }
    }

    /// The moment the whole request must be over: the version's total where it holds, or less where the caller wants less.
    private func limit(_ target: CompiledTarget) throws(Refusal) -> UInt64 {
        var total = target.limits.total(isStream: outcome.isStream)
        if let place = headers.fields.timeout {
            guard let milliseconds = UInt64(headers.text(place)), (1...86_400_000).contains(milliseconds)
            else {
                throw Refusal(
                    .badRequest,
                    "x-sluice-timeout-ms must be a whole number of milliseconds from 1 to 86400000.",
                    param: "x-sluice-timeout-ms"
                )
            }
            total = min(total, milliseconds * 1_000_000)
        }
        // A library that waits for a whole answer gives up when nothing came for so long.
        if !outcome.isStream, let patience = headers.readTimeoutNanoseconds { total = min(total, patience) }
        allowance = total
        return startedAt + total
    }

    /// Writes the provider's request: our head, the fields that may go on, and the body with the version's changes.
    private func rewrite(
        _ scan: RequestScan,
        _ body: RawSpan,
        for target: CompiledTarget,
        head: [UInt8]
    ) throws(Refusal) {
        let rewrite = try RequestRewrite(
            scan,
            of: body,
            by: target.plan,
            injectUsage: scan.isStream && scan.endpoint != .embeddings && target.asksForUsage
        )
        hidesUsage = rewrite.hidesUsage
        requestBytes = rewrite.length
        let fields = RequestFields(isStream: scan.isStream, length: rewrite.length)
        let size = head.count + headers.forwardedBytes(besides: target.ownFields) + fields.count + rewrite.length
        var bytes = home.spareBuffers.take(size, home.buffers)
        // Safe because: every piece is checked against what is left of the buffer.
        unsafe bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { memory in
            var out = unsafe RequestBytes(memory)
            unsafe out.write(head.span.bytes)
            headers.writeForwarded(to: &out, besides: target.ownFields)
            fields.write(to: &out)
            rewrite.write(body, by: target.plan) { out.write($0) }
            return out.count
        }
        request = bytes
    }
}
