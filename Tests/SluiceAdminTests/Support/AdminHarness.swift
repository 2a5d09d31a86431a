// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import NIOPosix
import SluiceControl
import SluiceCore
import SluiceStore
import Synchronization
import Testing

@testable import SluiceAdmin

/// An admin plane over the real control plane and a store in memory; every answer is checked against the document.
struct AdminHarness: Sendable {
    static let token = "owner-token-0123456789"

    let control: ControlPlane
    let store: MemoryStore
    let metrics: VersionStatistics
    let server: AdminServer
    let endpoints: [AdminEndpoint]
    let readiness: Mutexed<Readiness>

    /// 2026-11-20T00:00:00Z.
    static let now = Timestamp(nanoseconds: 1_795_132_800_000_000_000)

    init(
        autoTransition: Bool = false,
        bodyLimit: Int = 1 << 20,
        bodyDeadline: Duration = .seconds(30),
        metricsAreOpen: Bool = true,
        definitions: Definitions? = nil,
        over store: MemoryStore = MemoryStore(),
        signIn rules: SignInRules? = nil,
        issuer: IssuerPort = IssuerPort { _ throws(IssuerFault) in throw IssuerFault("there is none") }
    ) async throws {
        self.store = store
        metrics = VersionStatistics()
        let readiness = Mutexed(Readiness(.ready))
        self.readiness = readiness
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        var defined = try definitions ?? AdminHarness.definitions()
        defined.autoTransition = autoTransition
        control = ControlPlane(
            store: store,
            definitions: defined,
            pepper: Secret([1, 2, 3]),
            metrics: metrics,
            log: quiet,
            now: { AdminHarness.now },
            publish: { _, _ in }
        )
        _ = try await control.start()
        let configuration = AdminConfiguration(
            port: 0,
            tokens: [
                AdminToken(secret: Secret(AdminHarness.token)),
                AdminToken(name: "watcher", role: .viewer, secret: Secret("viewer-token-0123456789")),
                AdminToken(name: "mover", role: .operator, secret: Secret("operator-token-0123456789")),
                AdminToken(name: "locksmith", role: .keyAdmin, secret: Secret("keyadmin-token-0123456789")),
            ],
            metricsAreOpen: metricsAreOpen,
            bodyLimit: bodyLimit,
            bodyDeadline: bodyDeadline
        )
        let probes = NodeProbes(
            softwareVersion: "0.0.0-test",
            metricsText: { "sluice_up 1\n" },
            readiness: { readiness.value },
            now: { AdminHarness.now }
        )
        let desk = rules.map { [control] rules in
            SignInDesk(
                rules: rules,
                control: control,
                port: issuer,
                pepper: Secret([1, 2, 3]),
                now: { AdminHarness.now }
            )
        }
        server = AdminServer(
            configuration: configuration,
            control: control,
            probes: probes,
            signIn: desk,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            log: quiet
        )
        endpoints = AdminServer.endpoints(configuration, control, probes, desk)
    }

    /// One provider, two routes, a production version on each, a price and a key, all from the file.
    static func definitions() throws -> Definitions {
        let main = try #require(ProviderID("main"))
        let chat = try #require(RouteID("chat"))
        let search = try #require(RouteID("search"))
        return Definitions(
            providers: [
                Provider(
                    id: main,
                    dialect: .openai,
                    address: try ProviderAddress(validating: "http://127.0.0.1:9/v1"),
                    apiKey: Secret("sk-very-secret")
                )
            ],
            routes: [Route(id: chat, aliases: ["gpt-4.1"]), Route(id: search)],
            versions: [
                try version("v1", route: chat, provider: main), try version("s1", route: search, provider: main),
            ],
            prices: [
                PriceCard(
                    provider: main,
                    model: "gpt-4.1",
                    effectiveFrom: Timestamp(nanoseconds: 0),
                    rates: .init(input: 2_000_000, cachedInput: 500_000, output: 8_000_000)
                )
            ],
            models: [ModelCard(provider: main, model: "gpt-4.1", qualityScore: 0.9)],
            keys: [
                CallerKey(
                    id: try #require(KeyID("filekey1")),
                    name: "app",
                    hash: [0, 1],
                    createdAt: now,
                    owner: .file
                )
            ]
        )
    }

    private static func version(_ id: String, route: RouteID, provider: ProviderID) throws -> Version {
        let config = JSONValue.object(["temperature": .double(0.7)])
        return Version(
            id: try #require(VersionID(id)),
            route: route,
            provider: provider,
            apiVersion: "gpt-4.1",
            config: config,
            configHash: ConfigHash.of(config),
            settings: try VersionSettings(validating: config),
            createdAt: now,
            owner: .file,
            release: Release(state: .production, weight: .all, changedAt: now)
        )
    }
}

/// What a test sees of an answer.
struct Answer {
    var status: Int
    /// By name in lower case.
    var headers: [String: String]
    /// Every `set-cookie`, in order.
    var cookies: [String] = []
    var text: String
    var json: JSONValue?

    subscript(name: String) -> JSONValue? { json?.object?[name] }
}

/// A value shared by a test and what it tests.
final class Mutexed<Value: Sendable>: Sendable {
    private let box: Mutex<Value>

    init(_ value: Value) { box = Mutex(value) }

    var value: Value {
        get { box.withLock { $0 } }
        set { box.withLock { $0 = newValue } }
    }
}

extension AdminHarness {
    /// Makes a call through the whole responder.
    func call(
        _ method: String,
        _ path: String,
        _ body: JSONValue? = nil,
        token: String? = AdminHarness.token,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        try await send(
            method,
            path,
            body.map { $0.json },
            headers: token.map { ["authorization": "Bearer \($0)"] } ?? [:],
            sourceLocation: sourceLocation
        )
    }

    /// Makes a call with these bytes and headers, and checks the answer against the OpenAPI document.
    func send(
        _ method: String,
        _ path: String,
        _ body: [UInt8]?,
        headers: [String: String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        var fields = HTTPFields()
        for (name, value) in headers { fields[try #require(.init(name))] = value }
        let method = try #require(HTTPRequest.Method(rawValue: method))
        let answer = try await server.application.test(.router) { [fields] client in
            try await client.execute(
                uri: path,
                method: method,
                headers: fields,
                body: body.map { ByteBuffer(bytes: $0) }
            ) { response in
                let bytes = Array(response.body.readableBytesView)
                return Answer(
                    status: response.status.code,
                    headers: Dictionary(
                        response.headers.map { ($0.name.canonicalName, $0.value) },
                        uniquingKeysWith: { first, _ in first }
                    ),
                    cookies: response.headers[values: .setCookie],
                    text: String(decoding: bytes, as: UTF8.self),
                    json: try? JSONValue(parsing: bytes)
                )
            }
        }
        if method != .head { try check(answer, of: method.rawValue, path, sourceLocation) }
        return answer
    }

    private func check(_ answer: Answer, of method: String, _ path: String, _ place: SourceLocation) throws {
        guard let target = AdminTarget(path),
            let (endpoint, _) = try? AdminRouter(endpoints: endpoints).find(method, target.segments)
        else { return }
        let outcome = (endpoint.outcomes + OpenAPIDocument.commonOutcomes(of: endpoint)).first {
            $0.status == answer.status
        }
        guard let outcome else {
            Issue.record("\(method) \(path) answers \(answer.status), which is not documented", sourceLocation: place)
            return
        }
        guard outcome.mediaType == "application/json" else { return }
        let problems = SchemaCheck.problems(in: try #require(answer.json), against: outcome.schema)
        #expect(problems.isEmpty, "\(method) \(path) \(answer.status)", sourceLocation: place)
    }

    /// Registers a version of route chat and moves it to canary.
    func makeCanary(_ id: String, weight: Double = 0) async throws {
        let body: JSONValue = ["version_id": .string(id), "api_version": "gpt-4.1", "config": [:]]
        #expect(try await call("POST", "/v1/admin/versions/register", body).status == 201)
        let path = "/v1/admin/versions/\(id)"
        #expect(try await call("POST", path + "/transition", ["target_state": "canary"]).status == 200)
        if weight > 0 {
            #expect(try await call("PATCH", path + "/weight", ["weight": .double(weight)]).status == 200)
        }
    }
}
