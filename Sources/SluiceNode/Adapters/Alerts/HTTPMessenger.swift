// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SluiceControl
import SluiceCore
import SluiceRelease

/// Carries messages over HTTP: no redirects, a bounded time, and of the answer only as much as an error's reason.
final class HTTPMessenger: Messenger {
    private let targets: [String: ConfiguredChannel.Target]
    private let http: HTTPClient
    private let now: @Sendable () -> Timestamp

    /// For the whole exchange.
    private static let limit: TimeAmount = .seconds(10)
    private static let answerLimit = 16 << 10

    init(_ channels: [ConfiguredChannel], now: @escaping @Sendable () -> Timestamp) {
        targets = Dictionary(channels.map { ($0.name, $0.target) }) { first, _ in first }
        self.now = now
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(5))
        configuration.connectionPool.idleTimeout = .seconds(15)
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func stop() async { try? await http.shutdown() }

    func send(_ message: OutboxMessage) async -> Delivery {
        guard let target = targets[message.channel] else { return .refused("there is no such channel any more") }
        let alert = AlertFormat.request(AlertMessage(message), to: target, at: now().nanoseconds / 1_000_000_000)
        var request = HTTPClientRequest(url: alert.url)
        request.method = .POST
        request.headers.add(name: "user-agent", value: "sluice/\(NodeVersion.text)")
        for (name, value) in alert.headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(alert.body)
        do {
            let response = try await http.execute(request, timeout: HTTPMessenger.limit)
            let body = try? await response.body.collect(upTo: HTTPMessenger.answerLimit)
            return HTTPMessenger.delivery(
                status: Int(response.status.code),
                retryAfter: response.headers.first(name: "retry-after"),
                body: body.map { String(buffer: $0) } ?? ""
            )
        } catch {
            return .failed(HTTPMessenger.reason(error), after: nil)
        }
    }

    /// What an answer means: 2xx took it; what is wrong with the message itself will not get better; all else may.
    static func delivery(status: Int, retryAfter: String?, body: String) -> Delivery {
        if (200..<300).contains(status) { return .delivered }
        let said = AlertMessage.cut(body.split(whereSeparator: \.isNewline).first.map(String.init) ?? "", to: 200)
        let problem = "status \(status)" + (said.isEmpty ? "" : ": \(said)")
        switch status {
        case 400, 413, 422: return .refused(problem)
        default: return .failed(problem, after: retryAfter.flatMap { Int64($0) }.map { .seconds(max(0, $0)) })
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
