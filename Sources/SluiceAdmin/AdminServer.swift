// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
import ServiceLifecycle
package import SluiceControl
import SluiceCore

/// The admin plane's server: its own port, its own event loops, handlers over the control plane's use cases.
package struct AdminServer: Service {
    let application: Application<AdminResponder>

    /// A server that listens once it runs.
    ///
    /// - Parameters:
    ///   - eventLoopGroup: Not the data plane's, so that neither waits for the other.
    ///   - signIn: Signs persons in, where an issuer of identities is configured.
    ///   - protection: What stands before the server.
    ///   - listening: Called with the port once it listens.
    package init(
        configuration: AdminConfiguration,
        control: ControlPlane,
        probes: NodeProbes,
        signIn: SignInDesk? = nil,
        eventLoopGroup: any EventLoopGroup,
        log: Logger,
        protection: AdminGuard? = nil,
        listening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        let endpoints = AdminServer.endpoints(configuration, control, probes, signIn)
        let (idle, issuer) = (signIn?.rules.idle ?? .zero, signIn?.rules.issuer)
        // Whom an issuer knew that is not asked any more is not known any more.
        let known = { @Sendable (pass: AdminPass?) in
            pass.flatMap { pass in pass.signIn.map { $0.issuer == issuer } ?? true ? pass : nil }
        }
        application = Application(
            responder: AdminResponder(
                router: AdminRouter(endpoints: endpoints),
                auth: AdminAuth(configuration.tokens),
                passes: { known(await control.pass(showing: $0)) },
                sessions: signIn.map { desk in
                    (SessionCookie(desk.rules), { known(await control.session(showing: $0, idle: idle)) })
                },
                configuration: configuration,
                log: log
            ),
            server: .guarded(by: protection, idleTimeout: configuration.idleTimeout),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: nil
            ),
            onServerRunning: { channel in
                do {
                    try await protection?.prepareListener(channel)
                } catch {
                    log.error("the admin listener has no guard", metadata: ["error": "\(error)"])
                }
                await listening(channel.localAddress?.port ?? configuration.port)
            },
            eventLoopGroupProvider: .shared(eventLoopGroup),
            logger: log
        )
    }

    /// Serves until the service group shuts down; open requests are finished first.
    package func run() async throws { try await application.run() }

    /// All calls, the description of themselves included.
    static func endpoints(
        _ configuration: AdminConfiguration,
        _ control: ControlPlane,
        _ probes: NodeProbes,
        _ signIn: SignInDesk? = nil
    ) -> [AdminEndpoint] {
        let parts: [[AdminEndpoint]] = [
            VersionEndpoints(control: control).all, RolloutEndpoints(control: control, now: probes.now).all,
            KeyEndpoints(control: control, now: probes.now).all, TeamEndpoints(control: control).all,
            UserEndpoints(control: control).all, TokenEndpoints(control: control, now: probes.now).all,
            SignInEndpoints(control: control, desk: signIn, now: probes.now).all,
            CatalogueEndpoints(control: control, now: probes.now).all, CredentialEndpoints(control: control).all,
            ChoiceEndpoints(control: control, now: probes.now).all,
            UsageEndpoints(control: control).all, LedgerEndpoints(control: control).all,
            CurrencyEndpoints(control: control).all, BudgetEndpoints(control: control).all,
            AuditEndpoints(control: control).all,
            AlertEndpoints(control: control).all,
            NodeEndpoints(control: control, probes: probes, metricsAreOpen: configuration.metricsAreOpen).all,
            SCIMEndpoints(control: control).all, LiteLLMKeys(control: control).all, LiteLLMTeams(control: control).all,
            LiteLLMUsers(control: control).all, LiteLLMSpend(control: control).all,
        ]
        let described = parts.flatMap(\.self)
        let openAPI = { (endpoints: [AdminEndpoint]) in
            OpenAPIDocument.json(of: endpoints, softwareVersion: probes.softwareVersion)
        }
        func itself(_ handler: @escaping AdminEndpoint.Handler) -> AdminEndpoint {
            AdminEndpoint(
                "GET",
                "/v1/admin/openapi.json",
                id: "readOpenAPI",
                tag: "node",
                "This document.",
                access: .role(.viewer),
                outcomes: [.json("OpenAPI 3.1.", .object)],
                handler: handler
            )
        }
        let document = openAPI(described + [itself { _ throws(AdminRefusal) in AdminAnswer(json: .null) }])
        return described + [itself { _ throws(AdminRefusal) in AdminAnswer(json: document) }]
    }
}
