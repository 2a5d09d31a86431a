// SPDX-License-Identifier: Apache-2.0

/// An answer before time, chance and faults are laid over it: a whole body, or the events of a stream.
struct Draft {
    var whole: String?
    var events: [Event] = []
    /// What closes a stream: `data: [DONE]`.
    var ending = ""
    /// An error as an event of the stream.
    var failure: (MockFailure) -> String = { "data: \($0.json)\n\n" }

    struct Event {
        var text: String
        /// Tokens of content it holds; 0 for a frame.
        var tokens: Int
    }

    init(whole: String) { self.whole = whole }

    init(events: [Event], ending: String) {
        self.events = events
        self.ending = ending
    }
}

extension Planner {
    /// The reply: the draft with the profile's delays, and with what befalls it.
    func dress(_ draft: Draft, model: String, profile: Profile, entry: LogEntry) -> Reply {
        if let script = profile.script { return scripted(script, entry: entry) }
        var dice = dice(for: "time")
        let fault = fault(model: model, profile: profile)
        var first = profile.latency?.duration(&dice) ?? .zero
        if draft.whole == nil, let spread = profile.firstToken { first = spread.duration(&dice) }
        if case .slow(let delay)? = fault { first += delay }
        switch fault {
        case .status(let status)?:
            return Reply(.injected(status, retryAfter: profile.retryAfter), after: first, entry: entry)
        case .reset?: return broken(entry, [.pause(first), .record, .reset])
        case .close?: return broken(entry, [.pause(first), .record, .close])
        case .hang?: return broken(entry, [.record, .hang])
        case .malformed?:
            return Reply(status: 200, type: "application/json", body: "<html>oops", after: first, entry: lost(entry))
        case .empty?: return Reply(status: 200, type: "application/json", body: "", after: first, entry: lost(entry))
        default: break
        }
        if let whole = draft.whole { return self.whole(whole, after: first, fault: fault, entry: entry) }
        return stream(draft, after: first, interval: profile.interval, fault: fault, dice: &dice, entry: entry)
    }

    private func lost(_ entry: LogEntry) -> LogEntry {
        var entry = entry
        entry.usage = nil
        entry.ending = .cut
        return entry
    }

    private func broken(_ entry: LogEntry, _ steps: [Reply.Step]) -> Reply {
        var reply = Reply(status: 0, headers: [], entry: lost(entry))
        reply.steps = steps
        return reply
    }

    private func whole(_ body: String, after first: Duration, fault: Fault?, entry: LogEntry) -> Reply {
        let type = "application/json"
        switch fault {
        case .cut?, .stall?, .errorInStream?:
            var reply = Reply(status: 200, headers: [("content-type", type)], entry: lost(entry))
            let bytes = Array(body.utf8)
            reply.length = bytes.count
            let half = Reply.Step.write(Array(bytes.prefix(bytes.count / 2)))
            let isStall = if case .stall? = fault { true } else { false }
            reply.steps = [.pause(first), half, .record, isStall ? .hang : .close]
            return reply
        case .noUsage?:
            var entry = entry
            entry.usage = nil
            return Reply(status: 200, type: type, body: OddSpelling.withoutUsage(body), after: first, entry: entry)
        case .odd?:
            return Reply(status: 200, type: type, body: OddSpelling.whole(body), after: first, entry: entry)
        case .split(let size)?:
            var reply = Reply(status: 200, type: type, body: body, after: first, entry: entry)
            reply.steps = [.pause(first)] + Planner.split(Array(body.utf8), size) + [.end]
            return reply
        default: return Reply(status: 200, type: type, body: body, after: first, entry: entry)
        }
    }

    private func stream(
        _ draft: Draft,
        after first: Duration,
        interval: Spread?,
        fault: Fault?,
        dice: inout Dice,
        entry: LogEntry
    ) -> Reply {
        let headers = [("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")]
        var reply = Reply(status: 200, headers: headers, entry: entry)
        if first > .zero { reply.steps.append(.pause(first)) }
        var pieces = 0
        var events = draft.events
        var ending = draft.ending
        if case .noUsage? = fault {
            events.removeAll { $0.text.contains("\"choices\":[],") }
            ending = OddSpelling.withoutUsage(ending)
            events = events.map { Draft.Event(text: OddSpelling.withoutUsage($0.text), tokens: $0.tokens) }
            reply.entry.usage = nil
        }
        for event in events {
            if event.tokens > 0 {
                if let breaks = breakOff(fault, pieces, draft.failure) {
                    reply.entry = lost(reply.entry)
                    reply.entry.sentTokens = pieces
                    reply.steps += breaks
                    return reply
                }
                if pieces > 0, let interval { reply.steps.append(.pause(interval.duration(&dice))) }
                pieces += 1
            }
            if case .odd? = fault {
                reply.steps.append(.write(Array(OddSpelling.event(event.text).utf8), tokens: event.tokens))
            } else if case .split(let size)? = fault {
                reply.steps += Planner.split(Array(event.text.utf8), size, records: false)
            } else {
                reply.steps.append(.write(Array(event.text.utf8), tokens: event.tokens))
            }
        }
        if let breaks = breakOff(fault, .max, draft.failure) {
            reply.entry = lost(reply.entry)
            reply.steps += breaks
            return reply
        }
        reply.steps.append(.record)
        if fault != .noDone {
            let text = fault == .odd ? OddSpelling.event(ending) : ending
            reply.steps.append(.write(Array(text.utf8)))
        }
        reply.steps.append(.end)
        return reply
    }

    /// How a stream breaks off before its next piece, where it does.
    private func breakOff(_ fault: Fault?, _ pieces: Int, _ event: (MockFailure) -> String) -> [Reply.Step]? {
        switch fault {
        case .cut(let limit)? where pieces >= limit: return [.record, .close]
        case .stall(let limit)? where pieces >= limit: return [.record, .hang]
        case .errorInStream(let limit)? where pieces >= limit:
            let failure = MockFailure(
                status: 500,
                message: "The server had an error while processing your request.",
                type: "server_error"
            )
            return [.record, .write(Array(event(failure).utf8)), .end]
        default: return nil
        }
    }

    private func scripted(_ script: Script, entry: LogEntry) -> Reply {
        var entry = entry
        entry.usage = nil
        if script.ending != .clean { entry.ending = .cut }
        var reply = Reply(status: script.status, headers: script.headers, entry: entry)
        for (index, bytes) in script.writes.enumerated() {
            if index > 0 { reply.steps.append(.pause(script.pause)) }
            if index == script.writes.count - 1 { reply.steps.append(.record) }
            reply.steps.append(.write(bytes))
        }
        if script.writes.isEmpty { reply.steps.append(.record) }
        switch script.ending {
        case .clean: reply.steps.append(.end)
        case .cut: reply.steps.append(.close)
        case .reset: reply.steps.append(.reset)
        case .hang: reply.steps.append(.hang)
        }
        return reply
    }

    /// The bytes in writes of one size; the record stands before the last one where asked for.
    private static func split(_ bytes: [UInt8], _ size: Int, records: Bool = true) -> [Reply.Step] {
        var steps: [Reply.Step] = []
        var start = 0
        while start < bytes.count {
            let end = min(start + size, bytes.count)
            if records, end == bytes.count { steps.append(.record) }
            steps.append(.write(Array(bytes[start..<end])))
            // A pause of nothing lets the write leave by itself.
            if end < bytes.count { steps.append(.pause(.microseconds(20))) }
            start = end
        }
        return steps
    }
}
