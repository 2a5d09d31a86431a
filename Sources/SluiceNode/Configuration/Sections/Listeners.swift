// SPDX-License-Identifier: Apache-2.0
import SluiceAdmin
import SluiceCore

extension ConfigurationReader {
    func listen(_ field: ConfigurationField?, standard: ListenAddress) -> ListenAddress {
        guard let field, let text = field.text() else { return standard }
        if let address = ListenAddress(text) { return address }
        field.fail("must be HOST:PORT such as 127.0.0.1:4000 or [::1]:4000, or :4000 for all addresses, is '\(text)'")
        return standard
    }

    func admin(_ field: ConfigurationField?, dataDirectory: String) -> NodeConfiguration.Admin {
        let section = field?.section(["listen", "token", "token_file", "tokens", "metrics_need_token"])
        let standard = ListenAddress(host: "127.0.0.1", port: 4_001)
        let address = listen(section?.optional("listen"), standard: standard)
        if !address.isLoopback {
            section?.optional("listen")?.warn("the admin plane is reachable from other machines, without TLS")
        }
        return NodeConfiguration.Admin(
            listen: address,
            token: token(section, dataDirectory: dataDirectory),
            tokens: roleTokens(section?.optional("tokens")),
            metricsNeedToken: section?.optional("metrics_need_token")?.bool() ?? false
        )
    }

    private func token(_ section: Section?, dataDirectory: String) -> NodeConfiguration.TokenSource {
        if let field = section?.present("token"), let text = field.secretText() {
            if let fault = SecretRules.fault(of: text, minimum: 16) { field.fail("the admin token \(fault)") }
            section?.optional("token_file")?.fail("give either token or token_file, not both")
            return .given(Secret(text))
        }
        if let path = section?.optional("token_file")?.filledText() { return .file(paths.resolve(path)) }
        return .file("\(dataDirectory)/admin-token")
    }

    private func roleTokens(_ field: ConfigurationField?) -> [AdminToken] {
        guard let field else { return [] }
        var names: Set<String> = ["admin"]
        return field.list().compactMap { item in
            guard let section = item.section(["name", "role", "token"]),
                let name = section.required("name"), let id = name.identifier(KeyID.self),
                let role = section.required("role")?.choice(of: AdminRole.allCases)
            else { return nil }
            guard names.insert(id.rawValue).inserted else {
                name.fail("the name '\(id)' is taken")
                return nil
            }
            guard let field = section.present("token") else {
                item.fail("'token' is missing")
                return nil
            }
            guard let text = field.secretText() else { return nil }
            if let fault = SecretRules.fault(of: text, minimum: 16) { field.fail("the token \(fault)") }
            return AdminToken(name: id.rawValue, role: role, secret: Secret(text))
        }
    }

    func store(_ field: ConfigurationField?, dataDirectory: String) -> StoreAddress {
        let standard = StoreAddress.sqlite(path: "\(dataDirectory)/sluice.db")
        guard let field, let text = field.filledText() else { return standard }
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            field.fail("PostgreSQL is not supported yet; use sqlite:PATH")
            return standard
        }
        guard text.hasPrefix("sqlite:") else {
            field.fail("must be sqlite:PATH, is '\(text)'")
            return standard
        }
        let path = String(text.dropFirst("sqlite:".count))
        guard !path.isEmpty, !path.hasSuffix("/"), path != ":memory:" else {
            field.fail("sqlite: must be followed by the path of a file")
            return standard
        }
        return .sqlite(path: paths.resolve(path))
    }
}
