// SPDX-License-Identifier: Apache-2.0
import SluiceControl
import SluiceCore

extension ConfigurationReader {
    /// Where PagerDuty takes events, unless the configuration names another address (its region in the EU).
    static let pagerDutyURL = "https://events.pagerduty.com/v2/enqueue"

    func alerts(_ field: ConfigurationField?) -> [ConfiguredChannel] {
        guard let section = field?.section(["channels", "cost_drift"]) else { return [] }
        var channels: [ConfiguredChannel] = []
        for item in section.optional("channels")?.list() ?? [] {
            guard let channel = channel(item) else { continue }
            if channels.contains(where: { $0.name == channel.name }) {
                item.fail("there is a channel '\(channel.name)' already")
            }
            channels.append(channel)
        }
        return channels
    }

    /// How far providers' own cost may be from what the price cards say, in millionths.
    func costDrift(_ field: ConfigurationField?) -> Int64 {
        guard let field, case .map = field.node.content,
            let share = field.members().first(where: { $0.name.text() == "cost_drift" })?.value.number(in: 0.001...1)
        else { return 50_000 }
        return Int64((share * 1_000_000).rounded())
    }

    private func channel(_ field: ConfigurationField) -> ConfiguredChannel? {
        let keys = ["name", "type", "url", "routing_key", "secret", "token", "on"]
        guard let section = field.section(keys), let name = name(section.required("name")),
            let kind = section.required("type")?.choice(of: ConfiguredChannel.Kind.allCases),
            let target = target(kind, section)
        else { return nil }
        var channel = ConfiguredChannel(name: name, target: target, kinds: kinds(section.optional("on")))
        channel.proxy = proxy(to: channel.url, section)
        return channel
    }

    /// The environment's proxy, as it holds for providers: for `https://`, but for this machine and what `NO_PROXY` names.
    private func proxy(to url: String, _ section: Section) -> ProxyAddress? {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: true)
        guard parts.count >= 2, parts[0] == "https:", let (name, text) = proxies.proxy,
            let address = try? ProviderAddress(validating: "https://\(parts[1])"), !proxies.isDirect(address)
        else { return nil }
        do throws(ProxyAddressError) {
            return try ProxyAddress(validating: text)
        } catch {
            section.field.warn("\(name) is not heeded: \(error)")
            return nil
        }
    }

    private func name(_ field: ConfigurationField?) -> String? {
        guard let field, let text = field.filledText() else { return nil }
        let isPlain = text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_".utf8.contains($0) }
        guard isPlain, text.utf8.count <= 64 else {
            field.fail("must be 1 to 64 characters of a–z A–Z 0–9 - _, is '\(text)'")
            return nil
        }
        return text
    }

    private func target(_ kind: ConfiguredChannel.Kind, _ section: Section) -> ConfiguredChannel.Target? {
        let known: [String] =
            switch kind {
            case .slack: ["url"]
            case .pagerduty: ["url", "routing_key"]
            case .alertmanager: ["url", "token"]
            case .webhook: ["url", "secret"]
            }
        for key in ["url", "routing_key", "secret", "token"] where !known.contains(key) {
            section.optional(key)?.fail("has no meaning for a channel of type \(kind.rawValue)")
        }
        switch kind {
        case .slack: return url(section.required("url")).map { .slack(url: Secret($0)) }
        case .pagerduty:
            guard let key = secret(section.required("routing_key"), "routing key", minimum: 16) else { return nil }
            let field = section.optional("url")
            guard let url = field == nil ? ConfigurationReader.pagerDutyURL : url(field) else { return nil }
            return .pagerduty(url: url, routingKey: key)
        case .alertmanager:
            guard var url = url(section.required("url"), isInternal: true) else { return nil }
            while url.hasSuffix("/") { url.removeLast() }
            if url.hasSuffix("/api/v2/alerts") { url.removeLast(14) }
            return .alertmanager(url: url, token: section.optional("token").flatMap { secret($0, "token", minimum: 8) })
        case .webhook:
            let address = url(section.required("url"))
            let key = secret(section.required("secret"), "secret", minimum: 16)
            guard let address, let key else { return nil }
            return .webhook(url: Secret(address), key: key)
        }
    }

    /// A URL; its path and query may be secret, so no message repeats it.
    private func url(_ field: ConfigurationField?, isInternal: Bool = false) -> String? {
        guard let field, let text = field.filledText() else { return nil }
        let isSafe = text.hasPrefix("https://")
        guard isSafe || text.hasPrefix("http://"),
            let host = text.split(separator: "/", maxSplits: 3).dropFirst().first, !host.isEmpty,
            text.utf8.allSatisfy({ $0.isVisibleASCII }), !host.contains("@")
        else {
            field.fail("must be a URL that begins with https:// or http://, without a user in it")
            return nil
        }
        let name = host.split(separator: ":").first.map(String.init) ?? ""
        let isLoopback = name == "localhost" || name.hasPrefix("127.") || host.hasPrefix("[::1]")
        if !isSafe, !isLoopback, !isInternal { field.warn("is not encrypted: others on the way can read the alerts") }
        return text
    }

    private func secret(_ field: ConfigurationField?, _ name: String, minimum: Int) -> Secret<String>? {
        guard let field, let text = field.secretText() else { return nil }
        if let fault = SecretRules.fault(of: text, minimum: minimum) {
            field.fail("the \(name) \(fault)")
            return nil
        }
        return Secret(text)
    }

    private func kinds(_ field: ConfigurationField?) -> [String] {
        guard let field else { return [] }
        return field.list().compactMap { item in
            guard let text = item.filledText() else { return nil }
            guard text == "all" || AlertKind.all.contains(text) else {
                item.fail(
                    "must be all or one of \(AlertKind.all.joined(separator: ", "))\(ConfigurationField.hint(text, among: AlertKind.all))"
                )
                return nil
            }
            return text
        }
    }
}
