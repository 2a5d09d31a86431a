// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP
import SluiceWire

/// A version at one of the targets that serve it, ready for requests: its bytes made once, its limits in nanoseconds.
final class CompiledTarget: Sendable {
    let version: VersionID
    let provider: ProviderID
    let model: String
    /// What the version changes in requests; `nil` where the provider's dialect is not spoken here.
    let rewriting: RequestRewriting?
    /// What the version sets by itself, for translations of requests.
    let translates: Translation.Options
    let limits: AttemptLimits
    let whenCallerLeaves: WhenCallerLeaves
    private let dialect: Dialect
    /// In which it is asked for counts of tokens, and what is changed in those, where that is another dialect: Bedrock counts
    /// for all models by Converse.
    private let countDialect: Dialect
    let countRewriting: RequestRewriting?
    /// It answers OpenAI's Responses API itself; otherwise such requests are translated.
    private let servesResponses: Bool
    /// It answers chat completions; otherwise chats are translated to the Responses API.
    private let servesChat: Bool
    /// The operations that its provider answers in its own dialect, by their numbers: a bit for each.
    private let spoken: UInt64
    private let dialects: Dialects
    /// Where the provider's pool stands on each loop, and whom it connects to; `nil` when its TLS could not be set up.
    let pool: (index: Int, peer: ProviderTarget)?
    /// Where its health stands on each loop; targets with one provider share the credential's number.
    let health: Int
    let credential: Int
    /// Where its adaptive limit stands on each loop; `nil` where it has none.
    let limit: Int?
    /// What its tokens cost.
    let prices: PriceBook.Cards
    /// What is known of its model beside that.
    let card: ModelCard?
    /// How long its answers may be.
    let outputCap: OutputCap
    /// What the version adds to a request at most, in bytes.
    let addedInput: Int64
    /// Its part of the requests under `weighted`.
    let weight: Int
    /// How its model is asked to go on with an answer that broke off; `nil` where it cannot be.
    let prefill: Prefill?
    /// What a provider must not tell callers: the relay's credential, and other secrets in its fields.
    let secrets: SecretBlank?
    /// Whether streams ask this target for their usage; with `auto` until the target has refused that.
    let streamUsage: StreamUsage
    let breakers: TargetBreakers?
    /// By which pins know its version at its account, and the account alone.
    let pins: UInt32
    let account: UInt64
    /// A field that requests must have where their caller sends none.
    let standardField: (name: StaticString, value: StaticString)?
    /// Names of the provider's own fields: a caller's field of the same name stays behind.
    let ownFields: [String]
    /// How it is spoken to; `nil` where its dialect is not spoken here.
    let speech: ProviderSpeech?
    /// See ``ProviderSpeech/takesBetas`` and ``ProviderSpeech/frames``.
    let takesBetas: Bool
    let framesStreams: Bool
    /// How its requests are signed; `nil` where they are not.
    let signing: RequestSigning?
    /// `x-sluice-version`, `-route` and `-provider` lines for answers.
    let answerFields: [UInt8]
    /// What stands before the path of a request whose path is the caller's, and the fields behind it.
    let pathPrefix: [UInt8]
    let passedFields: [UInt8]?
    /// Heads of requests, by operation: whole, then streamed.
    private let heads: [[UInt8]?]

    /// What it takes from its snapshot beside its version and provider.
    struct Surroundings {
        let prices: PriceBook
        let card: ModelCard?
        /// How providers see us.
        let userAgent: String
        let dialects: Dialects
    }

    /// - Parameter route: the route that callers ask for, which may be another one than the version's.
    init(
        _ version: Version,
        at setting: TargetSetting,
        of provider: Provider,
        on route: RouteID,
        _ indices: TargetIndices,
        in surroundings: Surroundings
    ) {
        let dialects = surroundings.dialects
        self.version = version.id
        self.provider = provider.id
        model = setting.apiVersion ?? version.apiVersion
        let dialect = provider.dialect(of: model)
        rewriting = dialects.rewriting(dialect, at: provider.host, model: model, settings: version.settings)
        translates = Translation.Options(
            to: dialect,
            at: provider.host,
            model: model,
            setting: version.settings.defaults.map(\.name) + version.settings.overrides.map(\.name)
        )
        limits = AttemptLimits(version.settings.timeouts.completed(by: provider.timeouts))
        whenCallerLeaves = provider.whenCallerLeaves
        self.dialect = dialect
        if case .bedrock = provider.host { countDialect = .converse } else { countDialect = dialect }
        countRewriting =
            countDialect == dialect
            ? nil : dialects.rewriting(countDialect, at: provider.host, model: model, settings: version.settings)
        servesResponses = provider.servesResponses
        servesChat = provider.servesChat
        spoken = CompiledTarget.spoken(by: provider)
        self.dialects = dialects
        pool = indices.pool
        health = indices.health
        credential = indices.credential
        limit = indices.limit
        breakers = indices.breakers
        pins = indices.pins
        account = indices.account
        card = surroundings.card
        prefill = surroundings.card?.prefill
        outputCap = OutputCap(version.settings, surroundings.card)
        addedInput = version.settings.addedBytes
        weight = setting.weight
        streamUsage = provider.streamUsage
        let speech = dialects.speech(dialect, at: provider.host)
        self.speech = speech
        takesBetas = speech?.takesBetas ?? false
        framesStreams = speech?.frames != nil
        ownFields = provider.headers.map(\.name) + (speech?.ownFields ?? [])
        signing = RequestSigning(provider)
        standardField = speech?.standardField.flatMap { field in
            provider.headers.contains { $0.name == field.name.description } ? nil : field
        }
        secrets = SecretBlank(provider.secrets)
        prices = surroundings.prices.cards(provider: provider.id, model: model)
        let fields =
            "x-sluice-version: \(version.id)\r\nx-sluice-route: \(route)\r\nx-sluice-provider: \(provider.id)\r\n"
        answerFields = Array(fields.utf8)
        heads = CompiledTarget.heads(provider, model, speech, userAgent: surroundings.userAgent)
        pathPrefix = Array((speech?.prefix(of: provider.address.pathPrefix) ?? "").utf8)
        if let speech, speech.takesCallersPaths {
            passedFields = Array(
                CompiledTarget.headEnd(provider, speech, userAgent: surroundings.userAgent, type: nil).utf8
            )
        } else {
            // Elsewhere paths of the caller's are not the provider's.
            passedFields = nil
        }
    }

    /// A stream whose caller did not ask for its usage is asked for it here.
    var asksForUsage: Bool {
        switch streamUsage {
        case .auto: breakers?.refusesStreamOptions != true
        case .always: true
        case .never: false
        }
    }

    /// The provider can be asked for it, as the caller said it or translated.
    func serves(_ endpoint: Outcome.Endpoint) -> Bool {
        if endpoint.operation.isOfKept { return speaks(endpoint) && passedFields != nil }
        return (speaks(endpoint) || translation(of: endpoint) != nil)
            && head(for: asked(of: endpoint), isStream: false) != nil
    }

    /// The caller's words are the provider's.
    func speaks(_ endpoint: Outcome.Endpoint) -> Bool {
        endpoint.dialect == dialect(of: endpoint.operation) && spoken &>> UInt64(endpoint.operation.rawValue) & 1 == 1
    }

    private static func spoken(by provider: Provider) -> UInt64 {
        Operation.allCases.reduce(0) { all, operation in
            let isSpoken =
                (provider.servesResponses || !operation.isOfResponses) && (provider.servesChat || operation != .chat)
                && (provider.servesFiles || operation != .files && operation != .batches)
            return isSpoken ? all | 1 &<< UInt64(operation.rawValue) : all
        }
    }

    /// What the provider is asked for: what the caller asks for, or, where that is translated, the next message of a chat.
    private func asked(of endpoint: Outcome.Endpoint) -> Outcome.Endpoint {
        Outcome.Endpoint(
            dialect(of: endpoint.operation),
            speaks(endpoint) ? endpoint.operation : translation(of: endpoint)?.asked ?? .chat
        )
    }

    private func dialect(of operation: Operation) -> Dialect { operation == .countTokens ? countDialect : dialect }

    /// From the caller's dialect to the provider's; `nil` where they are one, or it is not translated.
    func translation(of endpoint: Outcome.Endpoint) -> Translation? {
        // Only a server that has the Responses API counts in OpenAI's dialect.
        guard endpoint.operation != .countTokens || dialect != .openai || servesResponses else { return nil }
        return Translation(
            from: endpoint.dialect,
            to: dialect(of: endpoint.operation),
            for: endpoint.operation,
            asking: servesChat ? .chat : .responses
        )
    }

    /// What a translated request says, to whoever rewrites it.
    ///
    /// - Parameter caller: what the caller's own body says, or its path.
    func facts(of body: RawSpan, from caller: CallFacts) throws(Refusal) -> CallFacts? {
        guard let reading = dialects.reading(dialect(of: caller.endpoint.operation)) else { return nil }
        let facts = try reading.facts(of: body, for: asked(of: caller.endpoint).operation)
        if reading.readsPath { facts.name(model, isStream: caller.isStream) }
        return facts
    }

    /// How its answers are read; `nil` where it does not serve the endpoint.
    func metering(of endpoint: Outcome.Endpoint) -> AnswerMetering? {
        dialects.metering(asked(of: endpoint))
    }

    /// The usage of an answer that tells none: an empty one where a price for each request says what it costs.
    func uncounted(_ operation: Operation, at moment: Timestamp) -> Usage? {
        operation.mayLackUsage && prices.isPricedByRequest(at: moment) ? Usage() : nil
    }

    /// Marks the sum over a batch as an estimate where some of its requests may have reached a tier.
    func markBatch(_ usage: inout Usage?, at moment: Timestamp) {
        if usage?.isOfBatch == true, prices.hasTiers(at: moment) { usage?.isEstimated = true }
    }

    /// The head of a request to the provider, up to where the forwarded fields, the accepted type and the length follow.
    func head(for endpoint: Outcome.Endpoint, isStream: Bool) -> [UInt8]? {
        heads[CompiledTarget.index(of: endpoint.operation, isStream: isStream)]
    }

    /// The path of a request to the provider.
    func path(for endpoint: Outcome.Endpoint, isStream: Bool) -> String? {
        guard let head = head(for: endpoint, isStream: isStream) else { return nil }
        return String(decoding: head.dropFirst(5).prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
    }

    /// Where an operation's head stands in ``heads``; numbers of operations begin at one and have no gaps.
    private static func index(of operation: Operation, isStream: Bool) -> Int {
        2 * Int(operation.rawValue) + (isStream ? 1 : 0)
    }

    private static func heads(
        _ provider: Provider,
        _ model: String,
        _ speech: ProviderSpeech?,
        userAgent: String
    ) -> [[UInt8]?] {
        var heads = [[UInt8]?](repeating: nil, count: 2 * (Operation.allCases.count + 1))
        guard let speech else { return heads }
        let end = CompiledTarget.headEnd(provider, speech, userAgent: userAgent, type: "application/json")
        let prefix = speech.prefix(of: provider.address.pathPrefix)
        for operation in Operation.allCases {
            for isStream in [false, true] {
                guard let path = speech.path(of: operation, model: model, isStream: isStream) else { continue }
                let line = "POST \(prefix)\(path) HTTP/1.1\r\n"
                heads[index(of: operation, isStream: isStream)] = Array((line + end).utf8)
            }
        }
        return heads
    }

    /// What all its requests have behind the request line.
    ///
    /// - Parameter type: of the body, where it is not the caller who says it.
    private static func headEnd(
        _ provider: Provider,
        _ speech: ProviderSpeech,
        userAgent: String,
        type: String?
    ) -> String {
        var head = "host: \(provider.address.hostHeader)\r\n"
        // A credential that cannot stand in a header is not sent: the provider then says what is missing.
        if let key = provider.apiKey?.exposed, key.utf8.allSatisfy({ $0.isVisibleASCII }) {
            head += speech.credentialLine(key, in: provider.apiKeyHeader)
        }
        head += speech.requiredLines
        if let type { head += "content-type: \(type)\r\n" }
        head += "accept-encoding: identity\r\n"
        if !provider.headers.contains(where: { $0.name == "user-agent" }) { head += "user-agent: \(userAgent)\r\n" }
        for field in provider.headers { head += "\(field.name): \(field.value.exposed)\r\n" }
        return head
    }
}

/// Where what is known of a target stands on each loop; the same from one snapshot to the next.
struct TargetIndices {
    var pool: (index: Int, peer: ProviderTarget)?
    var health: Int
    var credential: Int
    var limit: Int?
    var breakers: TargetBreakers?
    /// Of its version at its account, among all that ever made something which a provider keeps.
    var pins: UInt32
    var account: UInt64
}

/// The limits in time of a version at a target, in nanoseconds.
struct AttemptLimits: Sendable {
    let connect: UInt64
    let tls: UInt64
    /// Holds for streams; for whole answers only where somebody set it.
    let firstByte: UInt64
    let isFirstByteSet: Bool
    let firstToken: UInt64
    let stall: UInt64
    /// Of whole answers; of streams only where somebody set it.
    let total: UInt64
    private let isTotalSet: Bool

    init(_ timeouts: Timeouts) {
        let all = timeouts.completed(by: .standard)
        connect = AttemptLimits.nanoseconds(all.connect)
        tls = AttemptLimits.nanoseconds(all.tls)
        firstByte = AttemptLimits.nanoseconds(all.firstByte)
        isFirstByteSet = timeouts.firstByte != nil
        firstToken = AttemptLimits.nanoseconds(all.firstToken)
        stall = AttemptLimits.nanoseconds(all.stall)
        total = AttemptLimits.nanoseconds(all.total)
        isTotalSet = timeouts.total != nil
    }

    /// What the whole request may take: a stream that goes on may do so for ever, unless somebody set it.
    func total(isStream: Bool) -> UInt64 { isStream && !isTotalSet ? AttemptLimits.longest : total }

    /// A century is long enough, and leaves room to add.
    static func nanoseconds(_ duration: Duration?) -> UInt64 { min((duration ?? .zero).nanoseconds, longest) }

    private static let longest: UInt64 = 1 << 61
}
