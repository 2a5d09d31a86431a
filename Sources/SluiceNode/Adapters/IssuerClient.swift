// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SluiceControl
import SluiceCore

/// Asks issuers over HTTP: no redirects, a bounded time, a bounded answer.
final class IssuerClient: Sendable {
    private let http: HTTPClient
    /// From connecting to the answer's last byte.
    private let patience: Duration
    private static let limit = 256 << 10

    init(patience: Duration = .seconds(10)) {
        self.patience = patience
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(5))
        configuration.connectionPool.idleTimeout = .seconds(15)
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func stop() async { try? await http.shutdown() }

    /// Issuers as the control plane asks them.
    var port: IssuerPort { IssuerPort { [self] request throws(IssuerFault) in try await send(request) } }

    private func send(_ asked: IssuerRequest) async throws(IssuerFault) -> IssuerPort.Answer {
        var request = HTTPClientRequest(url: asked.url)
        request.headers.add(name: "user-agent", value: "sluice/\(NodeVersion.text)")
        request.headers.add(name: "accept", value: "application/json")
        if let form = asked.form {
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
            request.body = .bytes(Array(FormText.of(form.map { ($0.name, $0.value) }).utf8))
        }
        if let (user, password) = asked.basic {
            request.setBasicAuth(username: FormText.escaped(user), password: FormText.escaped(password.exposed))
        }
        do {
            let end = ContinuousClock.now.advanced(by: patience)
            let response = try await http.execute(request, timeout: TimeAmount(patience))
            let body = try await response.body.collect(upTo: IssuerClient.limit, until: end)
            return (Int(response.status.code), Array(body.readableBytesView))
        } catch is NIOTooManyBytesError {
            throw IssuerFault("its answer has more than 256 KiB")
        } catch {
            throw IssuerFault(IssuerClient.reason(error))
        }
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? HTTPClientError {
            if error == .connectTimeout || error == .deadlineExceeded || error == .readTimeout {
                return "it does not answer in time"
            }
            return error.shortDescription
        }
        let text = String(describing: error)
        return text.contains("onnection refused") ? "the connection is refused" : "it cannot be reached"
    }
}
