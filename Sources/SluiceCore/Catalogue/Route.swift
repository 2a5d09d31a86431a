// SPDX-License-Identifier: Apache-2.0

/// The name callers put in `model`; it owns versions and the rule that keeps a unit on one of them.
package struct Route: Sendable, Equatable {
    package var id: RouteID
    /// Other names callers may use; free text as providers name models.
    package var aliases: [String]
    /// Where the unit is looked for, in this order.
    package var unit: [UnitSource]
    /// Salt of the split; a rollout brings its own.
    package var salt: String
    /// Versions, of this route or others, that are asked in this order when the assigned one cannot answer.
    package var fallbacks: [VersionID]
    /// The version with a larger context that is asked when a request is too long for the assigned one.
    package var contextFallback: VersionID?
    /// What is tried again at the same target first, where the assigned version does not say; `nil` is nothing.
    package var retryFirst: RetryFirst?
    /// Embeddings are split like everything else; otherwise production answers them all, since vectors of two models
    /// cannot be compared.
    package var splitsEmbeddings: Bool
    /// Nobody gives a version more of its traffic alone: another person has to ask for the same.
    package var needsTwoPersons: Bool
    /// How one of its versions is chosen for each request; absent where the split alone decides.
    package var choose: RoutingPolicy?
    package var owner: Owner

    package init(
        id: RouteID,
        aliases: [String] = [],
        unit: [UnitSource] = UnitSource.standard,
        salt: String? = nil,
        fallbacks: [VersionID] = [],
        contextFallback: VersionID? = nil,
        retryFirst: RetryFirst? = nil,
        splitsEmbeddings: Bool = false,
        needsTwoPersons: Bool = false,
        choose: RoutingPolicy? = nil,
        owner: Owner = .file
    ) {
        self.id = id
        self.aliases = aliases
        self.unit = unit
        self.salt = salt ?? id.rawValue
        self.fallbacks = fallbacks
        self.contextFallback = contextFallback
        self.retryFirst = retryFirst
        self.splitsEmbeddings = splitsEmbeddings
        self.needsTwoPersons = needsTwoPersons
        self.choose = choose
        self.owner = owner
    }
}

/// A place where a request names the unit that must stay on one version.
package enum UnitSource: Sendable, Hashable {
    /// A header of the request, by its name in lower case.
    case header(String)
    case promptCacheKey
    /// `session-id`, `session_id` and their like, in headers or metadata.
    case session
    /// `user` or `metadata.user_id`.
    case user
    /// The hash of the system prompt and the first user message.
    case conversation
    /// The caller's key: only where configured, since one application key puts all its traffic in one bucket.
    case key

    package static let standard: [UnitSource] = [
        .header("x-sluice-unit"), .promptCacheKey, .session, .user, .conversation,
    ]

    /// Reads `header:NAME`, `prompt_cache_key`, `session`, `user`, `conversation` or `key`.
    package init?(_ text: String) {
        switch text {
        case "prompt_cache_key": self = .promptCacheKey
        case "session": self = .session
        case "user": self = .user
        case "conversation": self = .conversation
        case "key", "api_key": self = .key
        default:
            guard text.hasPrefix("header:") else { return nil }
            let name = text.dropFirst(7).lowercased()
            guard !name.isEmpty, name.utf8.allSatisfy({ $0.isVisibleASCII && $0 != UInt8(ascii: ":") }) else {
                return nil
            }
            self = .header(name)
        }
    }

    package var name: String {
        switch self {
        case .header(let name): "header:\(name)"
        case .promptCacheKey: "prompt_cache_key"
        case .session: "session"
        case .user: "user"
        case .conversation: "conversation"
        case .key: "key"
        }
    }
}
