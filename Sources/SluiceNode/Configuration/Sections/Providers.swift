// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceMock

extension ConfigurationReader {
    private static let providerKeys = [
        "dialect", "base_url", "plaintext", "api_key", "api_key_file", "ca_file", "proxy", "price_factor",
        "price_dated_as_undated", "timeouts", "when_caller_leaves", "settings", "stream_usage", "headers",
        "api_key_header", "serves_responses", "serves_chat", "serves_files",
        "api_version", "deployments",
        "region", "access_key_id", "secret_access_key", "secret_access_key_file", "session_token", "session_token_file",
        "access_key_id_file", "project", "location", "credential", "unnamed_models",
    ]
    private static let vertexKeys = ["project", "location"]
    private static let providerDialects = ["openai", "anthropic", "gemini", "azure", "bedrock", "simulated"]
    private static let azureKeys = ["api_version", "deployments"]
    private static let bedrockKeys = [
        "access_key_id_file", "unnamed_models",
        "region", "access_key_id", "secret_access_key", "secret_access_key_file", "session_token", "session_token_file",
    ]

    func providers(_ field: ConfigurationField?) -> [ConfiguredProvider] {
        guard let field else { return [] }
        var seen: Set<ProviderID> = []
        return field.members().compactMap { name, value in
            guard let id = name.identifier(ProviderID.self),
                let section = value.section(ConfigurationReader.providerKeys)
            else { return nil }
            guard seen.insert(id).inserted else {
                name.fail("the provider '\(id)' is defined twice")
                return nil
            }
            return provider(id, section)
        }
    }

    private func provider(_ id: ProviderID, _ section: Section) -> ConfiguredProvider? {
        guard let dialect = section.required("dialect"), let name = dialect.text() else { return nil }
        let timeouts = self.timeouts(section.optional("timeouts"))
        let factor = priceFactor(section.optional("price_factor"))
        let undates = section.optional("price_dated_as_undated")?.bool() ?? false
        let leaves = section.optional("when_caller_leaves")?.choice(of: [WhenCallerLeaves.cancel, .drain]) ?? .cancel
        let usage = section.optional("stream_usage")?.choice(of: StreamUsage.allCases) ?? .auto
        let responses = section.optional("serves_responses")
        if name != "openai", name != "azure" {
            responses?.fail("only an openai or azure provider may serve the Responses API")
        }
        let chat = section.optional("serves_chat")
        if name != "openai", name != "azure" {
            chat?.fail("only an openai or azure provider may serve the Responses API in the place of chat completions")
        } else if chat?.bool() == false, responses?.bool() == false {
            chat?.fail("is false beside serves_responses: false, so that nothing is left to ask")
        }
        let files = section.optional("serves_files")
        if name != "openai", name != "anthropic" {
            files?.fail("only an openai or anthropic provider may serve files and batches")
        }
        switch name {
        case "simulated":
            for key in [
                "base_url", "plaintext", "api_key", "api_key_file", "ca_file", "proxy", "headers", "api_key_header",
                "credential",
            ] + ConfigurationReader.azureKeys + ConfigurationReader.bedrockKeys + ConfigurationReader.vertexKeys {
                section.present(key)?.fail("a simulated provider is part of the node and takes no \(key)")
            }
            guard let address = try? ProviderAddress(validating: "http://127.0.0.1:1/v1") else { return nil }
            var provider = Provider(
                id: id,
                dialect: .openai,
                address: address,
                priceFactorMillionths: factor,
                timeouts: timeouts,
                whenCallerLeaves: leaves,
                streamUsage: usage
            )
            provider.pricesDatedAsUndated = undates
            return ConfiguredProvider(kind: .simulated(provider, simulation(section.optional("settings"))))
        case "openai", "anthropic", "gemini", "azure", "bedrock":
            section.present("settings")?.fail("only a simulated provider takes settings")
            let speaks = name == "bedrock" ? .anthropic : Dialect(rawValue: name) ?? .openai
            let host = host(name, section)
            guard let address = address(section, speaks, host) else { return nil }
            let isStored = keepsCredentialInStore(section, host)
            var provider = Provider(
                id: id,
                dialect: speaks,
                host: host,
                address: address,
                apiKey: host.credentials == nil && !isStored ? credential(section, address: address) : nil,
                apiKeyHeader: section.optional("api_key_header").flatMap(fieldName),
                keepsCredentialInStore: isStored,
                headers: headers(section.optional("headers"), at: host),
                certificateAuthorityFile: section.optional("ca_file").flatMap(certificateFile),
                proxy: proxy(section, address: address),
                priceFactorMillionths: factor,
                timeouts: timeouts,
                whenCallerLeaves: leaves,
                streamUsage: usage,
                servesResponses: responses?.bool() ?? true,
                servesFiles: files?.bool() ?? true
            )
            provider.pricesDatedAsUndated = undates
            provider.servesChat = chat?.bool() ?? true
            return ConfiguredProvider(kind: .upstream(provider))
        default:
            let known = ConfigurationReader.providerDialects
            let list = known.dropLast().joined(separator: ", ")
            let hint = ConfigurationField.hint(name, among: known)
            dialect.fail("must be \(list) or \(known.last ?? ""), is '\(name)'\(hint)")
            return nil
        }
    }

    /// Whose house serves the dialect, by the keys that only some of them take.
    private func host(_ dialect: String, _ section: Section) -> ProviderHost {
        for (word, keys) in [
            ("azure", ConfigurationReader.azureKeys), ("bedrock", ConfigurationReader.bedrockKeys),
        ] where word != dialect {
            for key in keys { section.present(key)?.fail("only a provider with dialect \(word) takes \(key)") }
        }
        for key in ConfigurationReader.vertexKeys where dialect != "gemini" && dialect != "anthropic" {
            section.present(key)?.fail("only a provider with dialect gemini or anthropic takes \(key)")
        }
        return switch dialect {
        case "azure": azure(section)
        case "bedrock": bedrock(section)
        case "anthropic", "gemini": vertex(section)
        default: .own
        }
    }

    private func vertex(_ section: Section) -> ProviderHost {
        guard section.present("project") != nil || section.present("location") != nil else { return .own }
        guard let project = section.required("project")?.filledText(),
            let field = section.required("location"), let location = field.filledText()
        else { return .own }
        guard let vertex = VertexHost(project: project, location: location) else {
            field.fail("and project are names at Vertex AI, as europe-west1 and my-project")
            return .own
        }
        return .vertex(vertex)
    }

    private func azure(_ section: Section) -> ProviderHost {
        var deployments: [String: String] = [:]
        for (name, value) in section.optional("deployments")?.members() ?? [] {
            guard let model = name.filledText(), let deployment = value.filledText() else { continue }
            guard deployments.updateValue(deployment, forKey: model) == nil else {
                name.fail("the model '\(model)' has two deployments")
                continue
            }
        }
        let field = section.optional("api_version")
        let version = field.map { $0.filledText() ?? "" } ?? ConfigurationReader.azureVersion
        guard let azure = AzureHost(apiVersion: version, deployments: deployments) else {
            if !version.isEmpty {
                field?.fail("must be a date as 2024-10-21 or 2025-04-01-preview, or v1; is '\(version)'")
            }
            return .own
        }
        return .azure(azure)
    }

    private func bedrock(_ section: Section) -> ProviderHost {
        guard let field = section.required("region"), let region = field.filledText() else { return .own }
        let id = awsSecret("access_key_id", section)?.exposed
        let secret = awsSecret("secret_access_key", section)
        let token = awsSecret("session_token", section)
        var credentials: AWSCredentials?
        if let id, let secret {
            let isID = (4...128).contains(id.utf8.count) && id.utf8.allSatisfy { isWord($0) }
            if isID {
                credentials = AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token)
            } else {
                section.present("access_key_id")?.fail("must be letters and digits, as AKIA…")
            }
            for key in ["api_key", "api_key_file", "api_key_header"] {
                section.present(key)?.fail("give either \(key) (a bearer token) or access_key_id, not both")
            }
        } else if id != nil || secret != nil || token != nil {
            let missing = id == nil ? "access_key_id" : "secret_access_key"
            section.field.fail("has no \(missing), without which requests cannot be signed")
        }
        let unnamed = section.optional("unnamed_models")?.choice(of: BedrockHost.UnnamedModels.allCases) ?? .anthropic
        guard let bedrock = BedrockHost(region: region, credentials: credentials, unnamedModels: unnamed) else {
            field.fail("must be the name of a region, as eu-west-1; is '\(region)'")
            return .own
        }
        return .bedrock(bedrock)
    }

    private func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }

    /// A secret of AWS's, given as text or as the path of a file.
    private func awsSecret(_ key: String, _ section: Section) -> Secret<String>? {
        let file = section.present("\(key)_file")
        let field = section.present(key)
        if let file, field != nil { file.fail("give either \(key)_file or \(key), not both") }
        guard let place = field ?? file else { return nil }
        guard let text = field != nil ? place.secretText() : secret(in: place) else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            place.fail("must be visible ASCII, without blanks")
            return nil
        }
        return Secret(text)
    }

    /// The newest version with a date that is no preview.
    private static let azureVersion = "2024-10-21"

    /// Further fields for a provider, each name once.
    private func headers(_ field: ConfigurationField?, at host: ProviderHost) -> [ProviderHeader] {
        var seen: Set<String> = []
        return (field?.members() ?? []).compactMap { name, value in
            guard let text = value.filledText(), let header = header(name, text, at: value) else { return nil }
            guard header.name != "authorization" else {
                name.fail("the credential is given as api_key (and api_key_header)")
                return nil
            }
            if case .bedrock = host, header.name.hasPrefix("anthropic-") || header.name.hasPrefix("x-amz-") {
                name.fail(
                    "Bedrock takes its version and its betas in the body, where the relay puts them, and signs what is x-amz-"
                )
                return nil
            }
            guard seen.insert(header.name).inserted else {
                name.fail("the header '\(header.name)' is defined twice")
                return nil
            }
            return header
        }
    }

    private func header(_ name: ConfigurationField, _ text: String, at value: ConfigurationField) -> ProviderHeader? {
        guard let key = name.text() else { return nil }
        do throws(ProviderHeaderError) {
            return try ProviderHeader(validating: key, value: text)
        } catch {
            if error == .value { value.fail(error.description) } else { name.fail("'\(key)' \(error)") }
            return nil
        }
    }

    /// The name of a field, in lower case.
    private func fieldName(_ field: ConfigurationField) -> String? {
        guard let text = field.filledText() else { return nil }
        do throws(ProviderHeaderError) {
            return try ProviderHeader(validating: text, value: "-").name
        } catch {
            field.fail("'\(text)' \(error)")
            return nil
        }
    }

    private func address(_ section: Section, _ dialect: Dialect, _ host: ProviderHost) -> ProviderAddress? {
        let plaintext = section.optional("plaintext")?.bool()
        if section.present("base_url") == nil {
            if case .bedrock(let bedrock) = host {
                return try? ProviderAddress(validating: "https://bedrock-runtime.\(bedrock.region).amazonaws.com")
            }
            if case .vertex(let vertex) = host { return try? ProviderAddress(validating: vertex.address) }
            switch dialect {
            case .anthropic: return try? ProviderAddress(validating: "https://api.anthropic.com")
            case .gemini: return try? ProviderAddress(validating: "https://generativelanguage.googleapis.com")
            case .openai, .converse, .custom: break
            }
        }
        guard let field = section.required("base_url"), let text = field.filledText() else { return nil }
        do throws(ProviderAddressError) {
            let address = try ProviderAddress(validating: text, plaintext: plaintext ?? false)
            if dialect == .anthropic, address.pathPrefix.hasSuffix("/v1") {
                field.fail("is what stands before /v1/messages: leave /v1 out")
            }
            if case .azure = host,
                let wrong = ["/v1", "/deployments", "/openai/"].first(where: address.pathPrefix.contains)
            {
                field.fail("is what stands before /openai, as https://NAME.openai.azure.com: leave \(wrong) out")
            }
            if !address.isTLS, address.reach != .loopback, plaintext != true {
                field.warn(
                    "is not encrypted: others on the way can read prompts and key; plaintext: true says it is meant"
                )
            }
            return address
        } catch {
            field.fail(error.description)
            return nil
        }
    }

    /// `credential: stored`: set by the API, sealed in the store.
    private func keepsCredentialInStore(_ section: Section, _ host: ProviderHost) -> Bool {
        guard let field = section.optional("credential"), field.choice(of: [StoredCredential.stored]) != nil else {
            return false
        }
        for key in ["api_key", "api_key_file"] {
            section.present(key)?.fail("give either \(key) or credential: stored, not both")
        }
        if host.credentials != nil { field.fail("this provider signs its requests with credentials of the file") }
        return true
    }

    private enum StoredCredential: String { case stored }

    /// What opens sealed credentials: `ID:HEX`, the first in force.
    func masterKeys(_ top: Section) -> MasterKeys? {
        let field = top.present("master_key_file") ?? top.present("master_key")
        if top.present("master_key_file") != nil {
            top.present("master_key")?.fail("give either master_key or master_key_file, not both")
        }
        guard let field else { return nil }
        let text = top.present("master_key_file") == nil ? field.secretText() : secret(in: field)
        guard let text else { return nil }
        guard let keys = MasterKeys(parsing: text) else {
            field.fail("must be ID:64 hexadecimal digits, such as k1:$(openssl rand -hex 32), one key a line")
            return nil
        }
        return keys
    }

    private func credential(_ section: Section, address: ProviderAddress) -> Secret<String>? {
        if let file = section.present("api_key_file") {
            section.present("api_key")?.fail("give either api_key or api_key_file, not both")
            return secret(in: file).flatMap { credential($0, file, address: address) }
        }
        guard let field = section.present("api_key") else {
            if address.isTLS { section.field.warn("has no api_key: requests go out without a credential") }
            return nil
        }
        return field.secretText().flatMap { credential($0, field, address: address) }
    }

    /// The text of the file that a field names.
    private func secret(in field: ConfigurationField) -> String? {
        guard let path = field.filledText() else { return nil }
        defer { for warning in secretFiles.takeWarnings() { field.warn(warning) } }
        do throws(SecretFiles.Fault) {
            return try secretFiles.text(at: path)
        } catch {
            field.fail(error.message)
            return nil
        }
    }

    private func credential(_ text: String, _ field: ConfigurationField, address: ProviderAddress) -> Secret<String>? {
        // A server on this machine often takes any key, such as `EMPTY`; elsewhere a placeholder is a mistake.
        let minimum = address.isTLS ? 8 : 1
        if let fault = SecretRules.fault(of: text, minimum: minimum),
            address.isTLS || fault != "is a placeholder, not a secret"
        {
            field.fail("the provider's api_key \(fault)\(text.isEmpty ? "; leave the key out to send none" : "")")
            return nil
        }
        return Secret(text)
    }

    /// The proxy of a provider: its own, or the environment's; `none` asks for none.
    private func proxy(_ section: Section, address: ProviderAddress) -> ProxyAddress? {
        if let field = section.optional("proxy") {
            guard let text = field.secretText(), text != "none" else { return nil }
            do throws(ProxyAddressError) {
                return try ProxyAddress(validating: text)
            } catch {
                field.fail("\(error)")
                return nil
            }
        }
        guard address.isTLS, let (name, text) = proxies.proxy, !proxies.isDirect(address) else { return nil }
        do throws(ProxyAddressError) {
            return try ProxyAddress(validating: text)
        } catch {
            section.field.warn("\(name) is not heeded: \(error)")
            return nil
        }
    }

    /// How a simulated provider behaves; one key is not for the file, since nobody would show that credential.
    private func simulation(_ field: ConfigurationField?) -> MockSettings {
        guard let field, case .object(let changes)? = field.json() else {
            if let field, case .map = field.node.content {} else { field?.fail("must be a map") }
            return MockSettings()
        }
        guard changes["api_key"] == nil else {
            field.descendant("api_key").fail("the node's own provider asks for no key")
            return MockSettings()
        }
        do throws(SettingsError) {
            return try MockSettings().merging(changes)
        } catch {
            field.descendant(error.field).fail("expected \(error.expected)")
            return MockSettings()
        }
    }

    private func certificateFile(_ field: ConfigurationField) -> String? { field.filledText().map(paths.resolve) }

    func timeouts(_ field: ConfigurationField?) -> Timeouts {
        let section = field?.section(["connect", "tls", "first_byte", "first_token", "stall", "total"])
        let range: ClosedRange<Duration> = .milliseconds(10) ... .seconds(86_400)
        return Timeouts(
            connect: section?.optional("connect")?.duration(in: range),
            tls: section?.optional("tls")?.duration(in: range),
            firstByte: section?.optional("first_byte")?.duration(in: range),
            firstToken: section?.optional("first_token")?.duration(in: range),
            stall: section?.optional("stall")?.duration(in: range),
            total: section?.optional("total")?.duration(in: range)
        )
    }

    private func priceFactor(_ field: ConfigurationField?) -> Int64 {
        guard let field, let text = field.text() else { return 1_000_000 }
        guard let factor = Decimal(text)?.scaled(by: 6), (0...100_000_000).contains(factor) else {
            field.fail("must be a number from 0 to 100 with at most six decimals, is '\(text)'")
            return 1_000_000
        }
        return factor
    }
}
