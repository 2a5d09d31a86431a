// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import SluiceAdminModel
import SluiceCore

/// Answers every admin request: finds the call, asks who it is, reads the body, lets the handler do it.
struct AdminResponder: HTTPResponder {

    let router: AdminRouter
    let auth: AdminAuth
    /// Persons' tokens.
    let passes: @Sendable (String) async -> AdminPass?
    /// Where persons can sign in: the cookies, and the sessions behind them.
    let sessions: (cookie: SessionCookie, find: @Sendable (String) async -> AdminPass?)?
    let configuration: AdminConfiguration
    let log: Logger

    func respond(to request: Request, context: AdminContext) async throws -> Response {
        do throws(AdminRefusal) {
            let answer = try await answer(request)
            return request.method == .head ? response(answer).createHeadResponse() : response(answer)
        } catch {
            let refused = response(to: error, speaksSCIM: request.head.path?.hasPrefix("/scim/") ?? false)
            if refused.headers[.connection] == "close" { context.closeSoon() }
            return request.method == .head ? refused.createHeadResponse() : refused
        }
    }

    private func answer(_ request: Request) async throws(AdminRefusal) -> AdminAnswer {
        if let refused = AdminRefusal(guarded: request) { throw refused }
        guard let target = AdminTarget(request.head.path ?? "/") else {
            throw AdminRefusal(400, "invalid_url", "The URL holds a broken percent code.")
        }
        let cookies = SessionCookie.read(request.headers[values: .cookie])
        let (token, shown) = try await bearer(request.headers, request.method.rawValue, cookies)
        let (endpoint, variables): (AdminEndpoint, [String: String])
        do throws(AdminRefusal) {
            (endpoint, variables) = try router.find(request.method.rawValue, target.segments)
        } catch {
            // Only those who may come in learn which paths there are.
            guard token != nil || !target.segments.starts(with: ["v1", "admin"]) else { throw unauthorized(shown) }
            throw error
        }
        var actor = ""
        if case .role(let needed) = endpoint.access {
            guard let token else { throw unauthorized(shown) }
            try token.check(endpoint, needing: needed)
            actor = self.actor(token, request.headers)
        }
        try checkQuery(target.query, of: endpoint)
        let body = try await body(of: request)
        return try await endpoint.handler(
            AdminCall(
                path: variables,
                query: target.query,
                body: body,
                actor: actor,
                team: token?.team,
                bearer: token,
                cookies: cookies,
                idempotencyKey: request.headers.value("idempotency-key"),
                schema: endpoint.body?.schema,
                isAllowed: { [headers = request.headers] in
                    (try? await bearer(headers, "GET", cookies).0) != nil
                }
            )
        )
    }

    // MARK: Who

    private func bearer(
        _ headers: HTTPFields,
        _ method: String,
        _ cookies: [String: String]
    ) async throws(AdminRefusal) -> (AdminBearer?, isShown: Bool) {
        var text = headers.value("x-api-key")
        if let value = headers[.authorization] {
            let parts = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            if parts.count == 2, parts[0].lowercased() == "bearer" {
                text = String(String(parts[1]).withoutBlanks)
            } else {
                text = text ?? ""
            }
        }
        guard let text else { return (try await session(headers, method, cookies), false) }
        if let token = auth.token(matching: text) { return (AdminBearer(token), true) }
        return (await passes(text).map { AdminBearer($0) }, true)
    }

    /// The session whose cookie a browser shows; a page of somebody else's cannot use it.
    private func session(
        _ headers: HTTPFields,
        _ method: String,
        _ cookies: [String: String]
    ) async throws(AdminRefusal) -> AdminBearer? {
        guard let sessions, let text = cookies[sessions.cookie.session], let pass = await sessions.find(text) else {
            return nil
        }
        guard sessions.cookie.isOwn(method, session: text, { headers.value($0) }) else {
            throw AdminRefusal(
                403,
                "forbidden",
                "A session changes something only where a page of \(sessions.cookie.origin) asks for it.",
                hint: "Send the csrf_token of GET /v1/admin/session as x-sluice-csrf, or an admin token."
            )
        }
        var bearer = AdminBearer(pass)
        bearer.proof = SessionCookie.proof(of: text)
        return bearer
    }

    private func unauthorized(_ isShown: Bool) -> AdminRefusal {
        AdminRefusal(
            401,
            "invalid_api_key",
            isShown ? "The admin token is not valid." : "An admin token is needed.",
            hint: "Send the header 'Authorization: Bearer <admin token>'. Keys of callers do not work here."
                + (sessions == nil ? "" : " People sign in at /v1/admin/oidc/login, or by `sluice login`.")
        )
    }

    /// The token's name, and who stands behind it where a tool says so.
    private func actor(_ token: AdminBearer, _ headers: HTTPFields) -> String {
        guard !token.isPersonal, let person = headers.value("x-sluice-actor") ?? headers.value("litellm-changed-by")
        else {
            return token.name
        }
        let printed = person.unicodeScalars.filter { $0.properties.generalCategory != .control }.prefix(100)
        let clean = String(String.UnicodeScalarView(printed)).withoutBlanks
        return clean.isEmpty ? token.name : "\(token.name):\(clean)"
    }

    // MARK: What

    /// A misspelt filter would answer more than was asked for, so it is refused where there are filters.
    private func checkQuery(_ query: [String: String], of endpoint: AdminEndpoint) throws(AdminRefusal) {
        guard !endpoint.parameters.isEmpty else { return }
        let known = endpoint.parameters.map(\.name)
        guard let stranger = query.keys.sorted().first(where: { !known.contains($0) }) else { return }
        throw .invalid(
            "There is no parameter '\(stranger.prefix(100))' here.",
            field: String(stranger.prefix(100)),
            hint: "There are: \(known.joined(separator: ", "))."
        )
    }

    private func body(of request: Request) async throws(AdminRefusal) -> [UInt8] {
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw AdminRefusal(415, "unsupported_content_encoding", "Bodies are taken as they are, not compressed.")
        }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > configuration.bodyLimit {
            throw tooLarge
        }
        let limit = configuration.bodyLimit
        let deadline = configuration.bodyDeadline
        let body = request.body
        let collected: ByteBuffer?
        do {
            collected = try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
                group.addTask { try await body.collect(upTo: limit) }
                group.addTask {
                    try await Task.sleep(for: deadline)
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch {
            throw AdminRefusal(400, "invalid_request", "The body could not be read to its end.")
        }
        guard let collected else {
            throw AdminRefusal(408, "request_timeout", "The body did not arrive within \(deadline).")
        }
        return Array(collected.readableBytesView)
    }

    private var tooLarge: AdminRefusal {
        AdminRefusal(
            413,
            "request_too_large",
            "The body has more than \(configuration.bodyLimit) bytes.",
            hint: "Send large imports in several calls."
        )
    }

    // MARK: Answers

    private func response(_ answer: AdminAnswer) -> Response {
        var headers: HTTPFields = [
            .contentType: answer.mediaType, .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
        ]
        headers[.location] = answer.location
        if !answer.cookies.isEmpty { headers[values: .setCookie] = answer.cookies }
        switch answer.body {
        case .bytes(let bytes):
            headers[.contentLength] = "\(bytes.count)"
            return Response(
                status: .init(code: answer.status),
                headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
            )
        case .parts(let next):
            return Response(
                status: .init(code: answer.status),
                headers: headers,
                body: ResponseBody { writer in
                    while let part = try await next() { try await writer.write(ByteBuffer(bytes: part)) }
                    try await writer.finish(nil)
                }
            )
        case .stream(let parts, let stop):
            headers[.cacheControl] = "no-cache, no-store"
            return Response(
                status: .init(code: answer.status),
                headers: headers,
                body: ResponseBody { writer in
                    try await withGracefulShutdownHandler {
                        for await part in parts { try await writer.write(ByteBuffer(bytes: part)) }
                    } onGracefulShutdown: {
                        stop()
                    }
                    try await writer.finish(nil)
                }
            )
        }
    }

    private func response(to refusal: AdminRefusal, speaksSCIM: Bool = false) -> Response {
        if refusal.status >= 500 {
            log.warning("admin call failed", metadata: ["sluice.error": "\(refusal.error): \(refusal.message)"])
        }
        let json = (try? AdminJSON.value(of: refusal.body)) ?? .object(JSONObject())
        var answer = response(
            speaksSCIM
                ? AdminAnswer(
                    [422].contains(refusal.status) ? 400 : refusal.status,
                    text: refusal.scimBody.jsonText,
                    mediaType: SCIMError.mediaType
                ) : AdminAnswer(refusal.status, json: json)
        )
        if let allow = refusal.allow { answer.headers[.allow] = allow }
        if refusal.status == 401 { answer.headers[.wwwAuthenticate] = "Bearer" }
        // What was not read of the request must not be taken for the next one.
        let isUnread = refusal.endsConnection || [400, 408, 413, 415].contains(refusal.status)
        if isUnread { answer.headers[.connection] = "close" }
        return answer
    }
}

extension HTTPFields {
    /// The first field with this name, which is given in lower case.
    fileprivate func value(_ name: String) -> String? { first { $0.name.canonicalName == name }?.value }
}
