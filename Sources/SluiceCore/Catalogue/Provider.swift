// SPDX-License-Identifier: Apache-2.0

/// The wire format a provider or a caller speaks.
package enum Dialect: String, Sendable, Codable, CaseIterable {
    case openai, anthropic, gemini
    /// Amazon Bedrock's Converse, which has one form for the models of all makers; no caller speaks it.
    case converse
    /// One that is given to the gateway as a value; no configuration names it.
    case custom
}

/// An upstream account: where it is, how it is spoken to, and with which credential.
package struct Provider: Sendable, Equatable {
    package var id: ProviderID
    package var dialect: Dialect
    package var host: ProviderHost
    package var address: ProviderAddress
    /// Sent as the dialect asks; `nil` sends no credential.
    package var apiKey: Secret<String>?
    /// The field that carries the credential as it is; `nil` sends it as `Authorization: Bearer`.
    package var apiKeyHeader: String?
    /// The credential is not the configuration's: it is sealed in the store.
    package var keepsCredentialInStore: Bool
    /// Further fields of every request, in order.
    package var headers: [ProviderHeader]
    /// A PEM file with the certificate authorities to trust instead of the system's.
    package var certificateAuthorityFile: String?
    /// What connections go through; `nil` connects directly.
    package var proxy: ProxyAddress?
    /// What this account pays per listed price, in millionths: 1 000 000 is the list price.
    package var priceFactorMillionths: Int64
    /// A model with a date in its name that has no price card has that of the model without the date.
    package var pricesDatedAsUndated = false
    package var timeouts: Timeouts
    package var whenCallerLeaves: WhenCallerLeaves
    package var streamUsage: StreamUsage
    /// It answers OpenAI's Responses API itself; otherwise such requests are translated to its chat completions.
    package var servesResponses: Bool
    /// It answers chat completions; otherwise chats are translated to OpenAI's Responses API.
    package var servesChat = true
    /// It keeps files and batches for callers of its dialect, if its host has a place for them.
    package var servesFiles: Bool
    package var owner: Owner

    package init(
        id: ProviderID,
        dialect: Dialect,
        host: ProviderHost = .own,
        address: ProviderAddress,
        apiKey: Secret<String>? = nil,
        apiKeyHeader: String? = nil,
        keepsCredentialInStore: Bool = false,
        headers: [ProviderHeader] = [],
        certificateAuthorityFile: String? = nil,
        proxy: ProxyAddress? = nil,
        priceFactorMillionths: Int64 = 1_000_000,
        timeouts: Timeouts = Timeouts(),
        whenCallerLeaves: WhenCallerLeaves = .cancel,
        streamUsage: StreamUsage = .auto,
        servesResponses: Bool = true,
        servesFiles: Bool = true,
        owner: Owner = .file
    ) {
        self.id = id
        self.dialect = dialect
        self.host = host
        self.address = address
        self.apiKey = apiKey
        self.apiKeyHeader = apiKeyHeader
        self.keepsCredentialInStore = keepsCredentialInStore
        self.headers = headers
        self.certificateAuthorityFile = certificateAuthorityFile
        self.proxy = proxy
        self.priceFactorMillionths = priceFactorMillionths
        self.timeouts = timeouts
        self.whenCallerLeaves = whenCallerLeaves
        self.streamUsage = streamUsage
        self.servesResponses = servesResponses
        self.servesFiles = servesFiles
        self.owner = owner
    }
}

/// What happens to the upstream request when the caller has gone.
package enum WhenCallerLeaves: String, Sendable, Codable {
    /// Close the upstream connection within a second; bill what was seen.
    case cancel
    /// Read on to the usage event, with a cap, then bill it.
    case drain
}

/// Whether the relay asks for the usage of streams whose callers did not.
package enum StreamUsage: String, Sendable, Codable, CaseIterable {
    /// Until a model of the provider refuses `stream_options`.
    case auto
    case always
    /// Such streams are counted only where the provider tells their usage unasked.
    case never
}
