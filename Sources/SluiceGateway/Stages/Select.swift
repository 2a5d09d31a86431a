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
        guard let scan, case .relay(let endpoint) = endpoint else { throw Refusal(.internalFault, "nothing to relay") }
        let body = self.body
        let name = scan.modelName(in: body.readableBytesSpan)
        guard let route = snapshot.route(named: name) else { throw snapshot.modelNotFound(name) }
        outcome.route = route.id
        if headers.pin != nil {
            throw Refusal(
                .forbidden,
                "This key may not choose a version; leave x-sluice-version out.",
                param: "x-sluice-version"
            )
        }
        let digest = unit(of: route, scan)
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
        try rewrite(scan, for: target, head: requestHead)
        if !mayMove(version, on: route) { dropBody() }
    }

    /// The place asked first: the assigned version's, or a fallback version's where that one takes no more requests.
    private func firstTarget(_ version: CompiledVersion, on route: CompiledRoute) throws(Refusal) -> CompiledTarget {
        let reason: String
        if enter(version) {
            if version.targets.count > 1 {
                order = ordered(version)
                if let free = order.first(where: { enter($0) }) { return free }
            } else if enter(version.targets[0]) {
                return version.targets[0]
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
        guard let scan, case .relay(let endpoint) = endpoint, target.isSpoken, let head = target.head(for: endpoint)
        else { return false }
        do throws(Refusal) {
            try rewrite(scan, for: target, head: head)
        } catch {
            return false
        }
        return true
    }

    /// The caller's body is not needed any more.
    func dropBody() {
        body = ByteBuffer()
        scan = nil
    }

    /// The first unit source of the route that this request has; by chance where it has none.
    private func unit(of route: CompiledRoute, _ scan: RequestScan) -> UnitDigest {
        for (index, source) in route.units.enumerated() {
            guard let digest = unit(source, route, scan) else { continue }
            outcome.unitSource = route.unitNames[index]
            outcome.unitHash = digest.primary
            return digest
        }
        outcome.unitSource = "random"
        return UnitDigest(primary: home.chance.next(), secondary: home.chance.next())
    }

    private func unit(_ source: UnitSource, _ route: CompiledRoute, _ scan: RequestScan) -> UnitDigest? {
        let body = self.body
        let text: String?
        switch source {
        case .header(let name): text = name == "x-sluice-unit" ? headers.text(headers.unit) : headers.first(name)
        case .session: text = headers.text(headers.session) ?? scan.unit(from: source, in: body.readableBytesSpan)
        case .key: text = key?.id.rawValue
        case .promptCacheKey, .user: text = scan.unit(from: source, in: body.readableBytesSpan)
        case .conversation: return conversation(route, scan)
        }
        guard let text, !text.isEmpty else { return nil }
        return UnitDigest(salt: route.salt, team: key?.team, unit: text)
    }

    private func conversation(_ route: CompiledRoute, _ scan: RequestScan) -> UnitDigest? {
        let body = self.body
        var digest = SHA256()
        let isThere = scan.withConversation(in: body.readableBytesSpan) { bytes in
            // Safe because: the digest only reads within the span.
            unsafe bytes.withUnsafeBytes { unsafe digest.update(bufferPointer: $0) }
        }
        guard isThere else { return nil }
        // Safe because: the digest lives during the call.
        return unsafe digest.finalize().withUnsafeBytes { hash in
            unsafe UnitDigest(salt: route.salt, team: key?.team, unit: hash)
        }
    }

    /// The moment the whole request must be over: the version's total, or less where the caller wants less.
    private func limit(_ target: CompiledTarget) throws(Refusal) -> UInt64 {
        var total = target.limits.total
        if let place = headers.timeout {
            guard let milliseconds = headers.text(place).flatMap(UInt64.init), (1...86_400_000).contains(milliseconds)
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
    private func rewrite(_ scan: RequestScan, for target: CompiledTarget, head: ByteBuffer) throws(Refusal) {
        let body = self.body
        let rewrite = try RequestRewrite(
            scan,
            of: body.readableBytesSpan,
            by: target.plan,
            injectUsage: scan.isStream && scan.endpoint != .embeddings
        )
        hidesUsage = rewrite.hidesUsage
        requestBytes = rewrite.length
        var bytes = home.buffers.buffer(capacity: head.readableBytes + rewrite.length + 512)
        bytes.writeImmutableBuffer(head)
        for field in headers.forwarded {
            bytes.writeStaticString(field.name)
            bytes.writeStaticString(": ")
            headers.with(field.value) { bytes.write($0) }
            bytes.writeStaticString("\r\n")
        }
        bytes.writeStaticString(
            scan.isStream
                ? "accept: text/event-stream\r\ncontent-length: " : "accept: application/json\r\ncontent-length: "
        )
        bytes.writeString(String(rewrite.length))
        bytes.writeStaticString("\r\n\r\n")
        rewrite.write(body.readableBytesSpan) { piece in _ = bytes.writeBytes(piece) }
        request = bytes
    }
}
