// SPDX-License-Identifier: Apache-2.0
import NIOCore
import SluiceCore
import SluiceHTTP
import SluiceRelease
import SluiceWire

/// The version that a route's policy chooses for a request, where it may: on a route whose rollout is judged every unit keeps its
/// arm, and a canary keeps its units.
///
/// - Parameter digest: of the request's unit.
/// - Returns: `nil` where the split decides.
@inline(never)
func choose(
    by choice: CompiledChoice,
    _ request: CallRequest,
    of call: Call,
    on route: CompiledRoute,
    _ digest: UnitDigest,
    _ transcript: Transcript
) throws(Refusal) -> CompiledVersion? {
    let endpoint = request.facts.endpoint
    let wish = try VersionChoice.Wish(of: call, asked: request.tier, else: choice.wish)
    if endpoint.operation.givesVectors, !route.splitsEmbeddings { return nil }
    guard route.watch == nil, route.split.canaryIndex(bucket: digest.bucket) == nil else {
        transcript.outcome.choice = VersionChoice(reason: .rollout, wish: wish)
        return nil
    }
    var needs = CompiledChoice.Needs(endpoint: endpoint)
    if choice.readsRequests { needs.take(request) }
    let loop = transcript.loop
    let chosen = choice.choose(
        wish,
        needs,
        conversation: transcript.outcome.isOfConversation ? digest.primary : nil
    ) { version in
        version.targets.allSatisfy { loop.isHeldBack($0) }
    }
    guard let chosen else { return nil }
    transcript.outcome.choice = chosen.choice
    return chosen.version
}

extension Outcome {
    /// Its unit is a conversation, so that what comes next reads what came before.
    fileprivate var isOfConversation: Bool {
        switch unitSource {
        case nil, "random", "key", "user": false
        default: true
        }
    }
}

extension CallRequest {
    /// The tier that the name of its model ends with, as in `auto:economy`.
    fileprivate var tier: RequestTier? {
        let name = facts.modelName(in: body.readableBytesSpan)
        return name.utf8.lastIndex(of: UInt8(ascii: ":")).flatMap {
            RequestTier(rawValue: String(name[$0...].dropFirst()))
        }
    }
}

extension CompiledChoice.Needs {
    /// Tokens have four bytes or more in most texts.
    private static let bytesOfToken: Int64 = 4

    mutating func take(_ request: CallRequest) {
        let body = request.body.readableBytesSpan
        let facts = request.facts
        let asked = facts.outputCap(in: body) ?? 0
        tokens = (Int64(body.byteCount) / CompiledChoice.Needs.bytesOfToken).addingHeld(asked)
        if facts.asksForTools(in: body) { capabilities.insert(.tools) }
        if facts.asksForJSON(in: body) { capabilities.insert(.structuredOutput) }
        if facts.showsImages(in: body) { capabilities.insert(.images) }
    }
}

extension VersionChoice.Wish {
    private static let tierField = "x-sluice-tier"
    private static let budgetField = "x-sluice-latency-budget-ms"
    private static let capField = "x-sluice-max-cost-per-1k"

    /// What a call asks for by its fields, else by the name of its model, else what its route says.
    fileprivate init(of call: Call, asked: RequestTier?, else standard: Self) throws(Refusal) {
        self = standard
        if let asked { tier = asked }
        if let text = call.text(of: Self.tierField) {
            guard let asked = RequestTier(rawValue: text) else {
                throw Refusal(
                    .badRequest,
                    "\(Self.tierField) must be premium, balanced or economy.",
                    param: Self.tierField
                )
            }
            tier = asked
        }
        if let text = call.text(of: Self.budgetField) {
            guard let milliseconds = Int64(text), (1...86_400_000).contains(milliseconds) else {
                throw Refusal(
                    .badRequest,
                    "\(Self.budgetField) must be a whole number of milliseconds from 1 to 86400000.",
                    param: Self.budgetField
                )
            }
            latencyBudget = milliseconds * 1_000_000
        }
        if let text = call.text(of: Self.capField) {
            guard let cap = ExactRate.exactly(text, by: 9), cap > 0 else {
                throw Refusal(
                    .badRequest,
                    "\(Self.capField) must be US dollars for a thousand output tokens, such as 0.01.",
                    param: Self.capField
                )
            }
            maxCostPer1k = NanoUSD(cap)
        }
    }
}

extension Call {
    fileprivate func text(of field: String) -> String? {
        headers.first(field).map { headers.text($0) }
    }
}
