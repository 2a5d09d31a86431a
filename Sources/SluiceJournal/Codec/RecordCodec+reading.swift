// SPDX-License-Identifier: Apache-2.0
import SluiceCore

extension RecordCodec {
    static func opened(_ reader: inout RecordReader) throws(MalformedRecord) -> OpenedAttempt {
        OpenedAttempt(
            request: RequestID(high: try reader.fixed(), low: try reader.fixed()),
            requestStartedAt: Timestamp(nanoseconds: try reader.signed()),
            number: try reader.int(),
            purpose: try reader.code(),
            provider: try reader.id(),
            model: try reader.text(),
            version: try reader.id(),
            route: try reader.id(),
            key: try reader.flag() ? try reader.id() : nil
        )
    }

    /// Which attempt an opened record is of; the rest of it is not read.
    static func openedKey(_ reader: inout RecordReader) throws(MalformedRecord) -> AttemptKey {
        let request = RequestID(high: try reader.fixed(), low: try reader.fixed())
        _ = try reader.signed()
        return AttemptKey(request: request, number: try reader.int())
    }

    static func pin(_ reader: inout RecordReader) throws(MalformedRecord) -> Pin {
        Pin(
            digest: Pin.Digest(high: try reader.fixed(), low: try reader.fixed()),
            version: try reader.id(),
            provider: try reader.id(),
            account: try reader.fixed(),
            madeAt: Timestamp(nanoseconds: try reader.signed()),
            isOwed: try reader.flag()
        )
    }

    static func charge(_ reader: inout RecordReader) throws(MalformedRecord) -> Charge {
        let request = RequestID(high: try reader.fixed(), low: try reader.fixed())
        let moment = Timestamp(nanoseconds: try reader.signed())
        let amount = NanoUSD(try reader.signed())
        let isSettled = try reader.flag()
        var scope = Charge.Scope()
        if try reader.flag() { scope.key = try reader.id() }
        if try reader.flag() { scope.route = try reader.id() }
        if try reader.flag() { scope.version = try reader.id() }
        if try reader.flag() { scope.model = try reader.text() }
        if try reader.flag() { scope.tags = try reader.text() }
        if try reader.flag() { scope.endUser = try reader.text() }
        return Charge(request: request, at: moment, amount: amount, isSettled: isSettled, scope: scope)
    }

    static func outcome(_ reader: inout RecordReader) throws(MalformedRecord) -> Outcome {
        let request = RequestID(high: try reader.fixed(), low: try reader.fixed())
        let startedAt = Timestamp(nanoseconds: try reader.signed())
        let duration = try reader.signed()
        let overhead = try reader.signed()
        let firstToken = try reader.flag() ? try reader.signed() : nil
        let endpoint: Outcome.Endpoint = try reader.code()
        let isStream = try reader.flag()
        let names = try reader.namesOfRequest()
        var bucket: UInt16?
        if try reader.flag() {
            guard let number = UInt16(exactly: try reader.unsigned()) else { throw MalformedRecord() }
            bucket = number
        }
        let unitSource = try reader.flag() ? try reader.text() : nil
        let unitHash = try reader.flag() ? try reader.fixed() : nil
        let epoch = try reader.signed()
        let status = try reader.int()
        let ending: Outcome.Ending = try reader.code()
        var errorClass: ErrorClass?
        if try reader.flag() { errorClass = try reader.code() }
        let tags = try reader.flag() ? try reader.text() : nil
        // Made whole at once: a name put in later would have to look for one to let go of.
        var outcome = Outcome(
            request: request,
            startedAt: startedAt,
            endpoint: endpoint,
            epoch: epoch,
            key: names.key,
            route: names.route,
            version: names.version,
            unitSource: unitSource,
            tags: tags,
            attempts: try attempts(&reader)
        )
        outcome.duration = duration
        outcome.overhead = overhead
        outcome.firstToken = firstToken
        outcome.isStream = isStream
        outcome.bucket = bucket
        outcome.unitHash = unitHash
        outcome.status = status
        outcome.ending = ending
        outcome.errorClass = errorClass
        // Records from before it was told end here.
        if !reader.rest.isEmpty, try reader.flag() {
            guard let bytes = Int64(exactly: try reader.unsigned()) else { throw MalformedRecord() }
            outcome.requestBytes = bytes
        }
        while !reader.rest.isEmpty {
            switch try reader.byte() {
            case AttemptDetails.mark:
                for index in outcome.attempts.indices { try details(&reader, of: &outcome.attempts[index]) }
            case RecordCodec.endUserMark: outcome.endUser = try reader.text()
            case RecordCodec.choiceMark: outcome.choice = try choice(&reader)
            // What a later release tells.
            default: return outcome
            }
        }
        return outcome
    }

    private static func choice(_ reader: inout RecordReader) throws(MalformedRecord) -> VersionChoice {
        let reason: VersionChoice.Reason = try reader.code()
        var wish = VersionChoice.Wish(tier: try reader.code())
        if try reader.flag() { wish.latencyBudget = try reader.signed() }
        if try reader.flag() { wish.maxCostPer1k = NanoUSD(try reader.signed()) }
        let standings = VersionChoice.Standings(
            lacking: try reader.unsigned(),
            heldBack: try reader.unsigned(),
            slow: try reader.unsigned()
        )
        return VersionChoice(reason: reason, wish: wish, standings: standings)
    }

    private static func details(
        _ reader: inout RecordReader,
        of attempt: inout Attempt
    ) throws(MalformedRecord) {
        let details = AttemptDetails(rawValue: try reader.byte())
        guard AttemptDetails.known.isSuperset(of: details) else { throw MalformedRecord() }
        if details.contains(.card) { attempt.pricing = Attempt.Pricing(card: Int64(bitPattern: try reader.fixed())) }
        if details.contains(.pricedAs) { attempt.pricing?.pricedAs = try reader.text() }
        guard !details.isDisjoint(with: [.countedTwice, .parts, .servedAs, .providerCost]) else { return }
        guard var usage = attempt.usage else { throw MalformedRecord() }
        if details.contains(.countedTwice) { usage.countedTwice = try reader.signed() }
        if details.contains(.parts) {
            for _ in 0..<(try reader.unsigned()) {
                guard let part = BilledPart(rawValue: try reader.byte()) else { throw MalformedRecord() }
                usage.parts[part] = try reader.signed()
            }
        }
        if details.contains(.servedAs) {
            for _ in 0..<(try reader.unsigned()) { usage.servedAs.append(try reader.text()) }
        }
        if details.contains(.providerCost) { usage.providerCost = NanoUSD(try reader.signed()) }
        attempt.usage = usage
    }

    private static func attempts(_ reader: inout RecordReader) throws(MalformedRecord) -> [Attempt] {
        let count = try reader.unsigned()
        guard count > 0 else { return [] }
        // No more room than one attempt has is taken: a lie about the count ends with the bytes.
        var attempts = [try attempt(&reader)]
        for _ in 1..<count { attempts.append(try attempt(&reader)) }
        return attempts
    }

    private static func attempt(_ reader: inout RecordReader) throws(MalformedRecord) -> Attempt {
        let number = try reader.int()
        let purpose: Attempt.Purpose = try reader.code()
        let names = try reader.namesOfAttempt()
        var attempt = Attempt(
            number: number,
            purpose: purpose,
            provider: names.provider,
            model: names.model,
            version: names.version,
            startedAfter: try reader.signed()
        )
        attempt.duration = try reader.signed()
        if try reader.flag() { attempt.firstToken = try reader.signed() }
        if try reader.flag() { attempt.status = try reader.int() }
        if try reader.flag() { attempt.errorClass = try reader.code() }
        if try reader.flag() { attempt.usage = try usage(&reader) }
        switch try reader.byte() {
        case 1: attempt.cost = .known(NanoUSD(try reader.signed()))
        case 2: attempt.cost = .unpriced
        case 3: attempt.cost = .unknown
        default: throw MalformedRecord()
        }
        return attempt
    }

    private static func usage(_ reader: inout RecordReader) throws(MalformedRecord) -> Usage {
        Usage(
            freshInput: try reader.signed(),
            cachedInput: try reader.signed(),
            cacheWrite5m: try reader.signed(),
            cacheWrite1h: try reader.signed(),
            output: try reader.signed(),
            reasoning: try reader.signed(),
            isInconsistent: try reader.flag(),
            isEstimated: try reader.flag()
        )
    }
}
