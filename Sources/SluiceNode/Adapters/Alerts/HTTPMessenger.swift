// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SluiceControl
import SluiceCore
import SluiceRelease

/// Carries messages over HTTP: no redirects, a bounded time, and of the answer only as much as an error's reason.
final class HTTPMessenger: Messenger {
    private let channels: [String: ConfiguredChannel]
    /// One for each proxy, and one for direct connections under the empty name.
    private let clients: [String: HTTPClient]
    private let limit: Duration
    private let now: @Sendable () -> Timestamp

    /// Of an answer, this much is read at most; it only says why a message was not taken.
    private static let answerLimit = 16 << 10

    /// - Parameter limit: For one exchange, from connecting to the answer's last byte.
    init(_ channels: [ConfiguredChannel], limit: Duration = .seconds(10), now: @escaping @Sendable () -> Timestamp) {
        self.channels = Dictionary(channels.map { ($0.name, $0) }) { first, _ in first }
        self.limit = limit
        self.now = now
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(5))
        configuration.connectionPool.idleTimeout = .seconds(15)
        var clients: [String: HTTPClient] = [:]
        for proxy in [nil] + channels.map(\.proxy) where clients[HTTPMessenger.name(proxy)] == nil {
            configuration.proxy = proxy.map { proxy in
                let credentials = proxy.credentials?.exposed.split(separator: ":", maxSplits: 1).map(String.init)
                return .server(
                    host: proxy.host,
                    port: proxy.port,
                    authorization: credentials.map { .basic(username: $0[0], password: $0.count > 1 ? $0[1] : "") }
                )
            }
            clients[HTTPMessenger.name(proxy)] = HTTPClient(
                eventLoopGroupProvider: .singleton,
                configuration: configuration
            )
        }
        self.clients = clients
    }

    private static func name(_ proxy: ProxyAddress?) -> String {
        proxy.map { "\($0.host):\($0.port) \($0.credentials?.exposed ?? "")" } ?? ""
    }

    func stop() async { for client in clients.values { try? await client.shutdown() } }

    func send(_ message: OutboxMessage) async -> Delivery {
        guard let channel = channels[message.channel] else { return .refused("there is no such channel any more") }
        let seconds = now().nanoseconds / 1_000_000_000
        for alert in AlertFormat.requests(AlertMessage(message), to: channel.target, at: seconds) {
            let delivery = await post(alert, through: channel.proxy, hiding: channel.secrets)
            guard delivery == .delivered else { return delivery }
        }
        return .delivered
    }

    private func post(
        _ alert: AlertRequest,
        through proxy: ProxyAddress?,
        hiding secrets: [String]
    ) async -> Delivery {
        guard let http = clients[HTTPMessenger.name(proxy)] else {
            return .refused("there is no such channel any more")
        }
        var request = HTTPClientRequest(url: alert.url)
        request.method = .POST
        request.headers.add(name: "user-agent", value: "sluice/\(NodeVersion.text)")
        for (name, value) in alert.headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(alert.body)
        do {
            let end = ContinuousClock.now.advanced(by: limit)
            let response = try await http.execute(request, timeout: TimeAmount(limit))
            let body = try? await response.body.collect(upTo: HTTPMessenger.answerLimit, until: end)
            return HTTPMessenger.delivery(
                status: Int(response.status.code),
                retryAfter: response.headers.first(name: "retry-after"),
                body: body.map { String(buffer: $0) } ?? "",
                hiding: secrets
            )
        } catch {
            return .failed(HTTPMessenger.reason(error), after: nil)
        }
    }

    /// What an answer means: 2xx took it; what is wrong with the message itself will not get better; all else may.
    ///
    /// - Parameter secrets: What a receiver may repeat, and nobody may read.
    static func delivery(status: Int, retryAfter: String?, body: String, hiding secrets: [String] = []) -> Delivery {
        if (200..<300).contains(status) { return .delivered }
        let line = body.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        let said = AlertMessage.cut(hidden(line, secrets), to: 200)
        let problem = "status \(status)" + (said.isEmpty ? "" : ": \(said)")
        switch status {
        case 400, 413, 422: return .refused(problem)
        default: return .failed(problem, after: retryAfter.flatMap { Int64($0) }.map { .seconds(max(0, $0)) })
        }
    }

    /// The text without secrets; of a URL the path is one by itself.
    private static func hidden(_ text: String, _ secrets: [String]) -> String {
        secrets.flatMap { secret in
            [secret] + secret.split(separator: "/").dropFirst(2).filter { $0.utf8.count >= 8 }.map(String.init)
        }
        .reduce(text) { text, secret in
            text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "<redacted>")
        }
    }

    /// Why no answer came, without the URL, which may be a secret.
    private static func reason(_ error: any Error) -> String {
        if let error = error as? HTTPClientError {
            if error == .connectTimeout || error == .deadlineExceeded || error == .readTimeout {
                return "no answer in time"
            }
            return error.shortDescription
        }
        let text = String(describing: error)
        return text.contains("onnection refused") ? "connection refused" : "the connection failed"
    }
}
