// SPDX-License-Identifier: Apache-2.0

/// Whose house serves a provider's dialect: another one than its maker's has other paths and credentials for the same
/// bodies.
package enum ProviderHost: Sendable, Equatable {
    /// The dialect's own API, or one that is compatible.
    case own
    case azure(AzureHost)
    case bedrock(BedrockHost)
    case vertex(VertexHost)

    /// What the configuration calls a provider of this dialect at this host.
    package func word(for dialect: Dialect) -> String {
        switch self {
        case .own, .vertex: dialect.rawValue
        case .azure: "azure"
        case .bedrock: "bedrock"
        }
    }

    /// The name by which the host knows a model.
    package func name(of model: String) -> String {
        switch self {
        case .own, .bedrock, .vertex: model
        case .azure(let azure): azure.deployment(of: model)
        }
    }
}

/// Azure OpenAI: OpenAI's bodies, at paths of deployments, in dated versions or in the version without a date, `v1`.
package struct AzureHost: Sendable, Equatable {
    /// `2024-10-21`, `2025-04-01-preview`, or `v1`.
    package let apiVersion: String
    /// Deployments whose names are not their models'.
    package let deployments: [String: String]

    /// - Returns: `nil` where the version is neither a date (with or without a suffix) nor `v1`.
    package init?(apiVersion: String, deployments: [String: String] = [:]) {
        guard apiVersion == AzureHost.undated || AzureHost.isDated(apiVersion) else { return nil }
        self.apiVersion = apiVersion
        self.deployments = deployments
    }

    package static let undated = "v1"

    package var isUndated: Bool { apiVersion == AzureHost.undated }

    package func deployment(of model: String) -> String { deployments[model] ?? model }

    /// `2024-10-21`, and what may follow behind a hyphen.
    private static func isDated(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3 || parts.count == 4, parts.prefix(3).map(\.utf8.count) == [4, 2, 2],
            parts.prefix(3).allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return false }
        return parts.dropFirst(3).allSatisfy { word in
            !word.isEmpty && word.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        }
    }
}

extension ProviderHost {
    /// All of it as text, for a keyed digest: secrets are in it.
    package var fingerprint: String {
        switch self {
        case .own: return "own"
        case .azure(let azure):
            let names = azure.deployments.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return "azure \(azure.apiVersion) \(names)"
        case .bedrock(let bedrock):
            let keys = bedrock.credentials
            let secrets = [keys?.accessKeyID, keys?.secretAccessKey.exposed, keys?.sessionToken?.exposed]
            let unnamed = bedrock.unnamedModels == .anthropic ? "" : " \(bedrock.unnamedModels.rawValue)"
            return "bedrock \(bedrock.region) \(secrets)\(unnamed)"
        case .vertex(let vertex): return "vertex \(vertex.project) \(vertex.location)"
        }
    }

    /// What requests are signed with, where they are.
    package var credentials: AWSCredentials? {
        switch self {
        case .own, .azure, .vertex: nil
        case .bedrock(let bedrock): bedrock.credentials
        }
    }

    /// Why a model cannot be asked for here; `nil` where nothing speaks against it.
    package func fault(of model: String) -> String? {
        guard case .bedrock = self, model.contains("embed") else { return nil }
        return "\(model) makes embeddings, which are not asked at Bedrock"
    }
}

/// Amazon Bedrock: Anthropic's bodies in InvokeModel, those of other makers' models in Converse; signed requests, streams in
/// binary frames.
package struct BedrockHost: Sendable, Equatable {
    package let region: String
    /// `nil` where a bearer token is the credential, or there is none.
    package let credentials: AWSCredentials?
    /// What models are asked by that their name says nothing of.
    package let unnamedModels: UnnamedModels

    /// By Anthropic's bodies in InvokeModel, or by Converse.
    package enum UnnamedModels: String, Sendable, CaseIterable { case anthropic, converse }

    /// - Returns: `nil` where the region is no name of one.
    package init?(
        region: String,
        credentials: AWSCredentials? = nil,
        unnamedModels: UnnamedModels = .anthropic
    ) {
        let isName = region.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        guard isName, (1...32).contains(region.utf8.count), region.utf8.first != 0x2D, region.utf8.last != 0x2D else {
            return nil
        }
        self.region = region
        self.credentials = credentials
        self.unnamedModels = unnamedModels
    }

    /// A model of Anthropic's, be it in a profile of inference (`eu.anthropic.claude-…`) or in an ARN; what an ARN of one's
    /// own profile leads to it does not say, so that the configuration does.
    fileprivate func isAnthropic(_ model: String) -> Bool {
        if model.contains("anthropic.") || model.contains("claude") { return true }
        return unnamedModels == .anthropic && model.hasPrefix("arn:")
            && (model.contains(":application-inference-profile/") || model.contains(":provisioned-model/")
                || model.contains(":custom-model-deployment/"))
    }
}

/// Google's Vertex AI: Gemini's and Anthropic's bodies at paths of a project and a location.
package struct VertexHost: Sendable, Equatable {
    package let project: String
    package let location: String

    /// - Returns: `nil` where one of them cannot stand in a path or host name.
    package init?(project: String, location: String) {
        guard VertexHost.isName(project, more: [0x2E, 0x3A]), VertexHost.isName(location, more: []) else { return nil }
        self.project = project
        self.location = location
    }

    /// Where the location is served, unless the configuration says otherwise.
    package var address: String {
        switch location {
        case "global": "https://aiplatform.googleapis.com"
        case "us", "eu": "https://aiplatform.\(location).rep.googleapis.com"
        default: "https://\(location)-aiplatform.googleapis.com"
        }
    }

    /// Small letters, digits and hyphens; a project of a domain has a point and a colon, too.
    private static func isName(_ text: String, more: [UInt8]) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || more.contains($0)
            }
    }
}

extension Provider {
    /// What a model is spoken to in: at Bedrock the bodies of Anthropic's models are Anthropic's, those of all others Converse's.
    package func dialect(of model: String) -> Dialect {
        guard case .bedrock(let bedrock) = host, !bedrock.isAnthropic(model) else { return dialect }
        return .converse
    }

    /// What tells one account from another at the same address.
    package var credential: String? { apiKey?.exposed ?? host.credentials?.accessKeyID }

    /// All that no answer may tell.
    package var secrets: [String] {
        let keys = host.credentials
        return [apiKey?.exposed, keys?.secretAccessKey.exposed, keys?.sessionToken?.exposed].compactMap(\.self)
            + headers.filter(\.isSecret).map(\.value.exposed)
    }
}
