// SPDX-License-Identifier: Apache-2.0

import SluiceControl
import SluiceCore

/// `/spend/…`, `/global/spend/…` and `/user/daily/activity` as LiteLLM's clients call them, and the models.
struct LiteLLMSpend: Sendable {
    let control: ControlPlane
    private let group = LiteLLMGroup()

    init(control: ControlPlane) { self.control = control }

    var all: [AdminEndpoint] {
        [
            logs, report, keys, models, teams, providers, activity, info("/model/info", "ModelInfo"),
            info("/v1/model/info", "ModelInfo1"), names("/models", "Models"), names("/v1/models", "Models1"),
            refused("/model/new", "NewModel"), refused("/model/update", "UpdateModel"),
            refused("/model/delete", "DeleteModel"),
        ]
    }

    private static let rowLimit = 10_000

    // MARK: What was spent

    /// The part of the ledger that a query means; the last day counts.
    private func filter(_ call: AdminCall) async throws(AdminRefusal) -> LedgerFilter {
        var filter = LedgerFilter(from: try call.moment("start_date"))
        if let end = try call.moment("end_date") {
            let isDay = (call.query["end_date"] ?? "").utf8.count == 10
            filter.until = isDay ? end.advanced(bySeconds: 86_400) : end
        }
        let query = call.query
        let names = (query["api_key"], query["team_id"], query["user_id"] ?? query["internal_user_id"])
        guard call.team != nil || names.0 != nil || names.1 != nil || names.2 != nil else { return filter }
        let id = names.0.map { text in
            KeyText.id(in: Substring(text).utf8).map { String(Substring($0)) } ?? text
        }
        filter.keys = await control.keys(of: call.team).filter { key in
            (id == nil || key.id.rawValue == id || key.name == id) && (names.1 == nil || key.team == names.1)
                && (names.2 == nil || key.user == names.2)
        }.map(\.id)
        return filter
    }

    private static let filters = ["start_date", "end_date", "api_key", "team_id", "user_id", "internal_user_id"]

    private var logs: AdminEndpoint {
        group(
            "GET",
            "/spend/logs",
            id: "SpendLogs",
            "Attempts of the ledger, at most 10000; summed by day where summarize is not false and days are given.",
            role: .viewer,
            forTeams: true,
            parameters: LiteLLMSpend.filters + ["request_id", "summarize"]
        ) { [self] call throws(AdminRefusal) in
            let filter = try await filter(call)
            let hasDays = call.query["start_date"] != nil && call.query["end_date"] != nil
            if hasDays, call.query["summarize"] != "false", call.query["request_id"] == nil {
                return try await days(filter)
            }
            let page = try await refusing { () async throws(ControlError) in
                try await control.usageExport(filter, limit: LiteLLMSpend.rowLimit)
            }
            guard page.next == nil || call.query["request_id"] != nil else {
                throw .unsupported(
                    "There are more than \(LiteLLMSpend.rowLimit) rows.",
                    field: "start_date",
                    hint: "Give start_date and end_date, or use GET /v1/admin/usage/export, which has no limit."
                )
            }
            let known = Dictionary(await control.keys().map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            let rows = page.lines.filter { line in
                call.query["request_id"].map { $0 == "\(line.request)" } ?? true
            }
            return AdminAnswer(json: .array(rows.map { .object(row($0, known)) }))
        }
    }

    private func row(_ line: TrafficLine, _ keys: [KeyID: CallerKey]) -> JSONObject {
        let key = line.key.flatMap { keys[$0] }
        let input = line.tokens?.input ?? 0
        let output = line.tokens?.output ?? 0
        let end = line.at.advanced(by: .nanoseconds(line.duration))
        return [
            "request_id": .string("\(line.request)"),
            "call_type": .string(line.endpoint.text),
            "api_key": .orNull(line.key?.rawValue),
            "spend": line.cost?.amount.map { .dollars($0) } ?? .null,
            "prompt_tokens": .count(input),
            "completion_tokens": .count(output),
            "total_tokens": .count(input.addingReportingOverflow(output).partialValue),
            "startTime": .string(line.at.description),
            "endTime": .string(end.description),
            "completionStartTime": .orNull(
                line.firstToken.map { line.at.advanced(by: .nanoseconds($0)).description }
            ),
            "model": .orNull(line.model),
            "model_id": .orNull(line.version?.rawValue),
            "model_group": .orNull(line.route?.rawValue),
            "custom_llm_provider": .orNull(line.provider?.rawValue),
            "user": .orNull(key?.user),
            "team_id": .orNull(key?.team),
            "request_tags": .texts(key?.tags ?? []),
            "metadata": .object(["attempt": .count(Int64(line.attempt)), "key_alias": .orNull(key?.name)]),
            "cache_hit": .string("False"),
            "status": .string((200..<300).contains(line.status) ? "success" : "failure"),
        ]
    }

    private func sums(
        _ filter: LedgerFilter,
        _ dimensions: [UsageDimension]
    ) async throws(AdminRefusal) -> UsageReport {
        try await refusing { () async throws(ControlError) in try await control.usage(filter, groupedBy: dimensions) }
    }

    /// By day, with what users and models have of it.
    private func days(_ filter: LedgerFilter) async throws(AdminRefusal) -> AdminAnswer {
        let models = try await sums(filter, [.day, .model]).groups
        let keys = try await sums(filter, [.day, .key])
        var answer: [JSONValue] = []
        for day in try await sums(filter, [.day]).groups {
            guard let date = day.group.first else { continue }
            var byModel = JSONObject()
            for sum in models where sum.group.first == date { byModel[sum.group[1]] = .dollars(sum.cost) }
            var byKey = JSONObject()
            for sum in keys.groups where sum.group.first == date { byKey[sum.group[1]] = .dollars(sum.cost) }
            answer.append(
                .object([
                    "startTime": .string(date), "spend": .dollars(day.cost), "models": .object(byModel),
                    "users": .object([:]), "api_keys": .object(byKey),
                ])
            )
        }
        return AdminAnswer(json: .array(answer))
    }

    private var report: AdminEndpoint {
        group(
            "GET",
            "/global/spend/report",
            id: "SpendReport",
            "By day and team, or by day and key.",
            role: .viewer,
            forTeams: true,
            parameters: LiteLLMSpend.filters + ["group_by"]
        ) { [self] call throws(AdminRefusal) in
            let wanted = call.query["group_by"] ?? "team"
            guard wanted == "team" || wanted == "api_key" else {
                throw .unsupported("group_by must be team or api_key.", field: "group_by")
            }
            let filter = try await filter(call)
            let dimension: UsageDimension = wanted == "team" ? .team : .key
            let report = try await sums(filter, [.day, dimension, .model])
            var days: [(day: String, groups: [(name: String, sums: [UsageSum])])] = []
            for sum in report.groups {
                if days.last?.day != sum.group[0] {
                    if let place = days.firstIndex(where: { $0.day == sum.group[0] }) {
                        days.append(days.remove(at: place))
                    } else {
                        days.append((sum.group[0], []))
                    }
                }
                let last = days.count - 1
                if let place = days[last].groups.firstIndex(where: { $0.name == sum.group[1] }) {
                    days[last].groups[place].sums.append(sum)
                } else {
                    days[last].groups.append((sum.group[1], [sum]))
                }
            }
            let answer = days.sorted { $0.day < $1.day }.map { day -> JSONValue in
                let groups = day.groups.map { group -> JSONValue in
                    let total = group.sums.reduce(Int64(0)) {
                        $0.addingReportingOverflow($1.cost.rawValue).partialValue
                    }
                    let metadata = group.sums.map { sum -> JSONValue in
                        .object([
                            "model": .string(sum.group[2]), "spend": .dollars(sum.cost),
                            "total_tokens": .count(
                                sum.inputTokens.addingReportingOverflow(sum.outputTokens).partialValue
                            ),
                        ])
                    }
                    return .object([
                        wanted == "team" ? "team_name" : "api_key": .string(group.name),
                        "total_spend": .dollars(NanoUSD(total)), "metadata": .array(metadata),
                    ])
                }
                return .object([
                    "group_by_day": .string(day.day), wanted == "team" ? "teams" : "api_keys": .array(groups),
                ])
            }
            return AdminAnswer(json: .array(answer))
        }
    }

    private var keys: AdminEndpoint {
        group(
            "GET",
            "/global/spend/keys",
            id: "SpendKeys",
            "The keys that cost most.",
            role: .viewer,
            forTeams: true,
            parameters: LiteLLMSpend.filters + ["limit"]
        ) { [self] call throws(AdminRefusal) in
            let limit = try call.number("limit", within: 1...1_000, otherwise: 10)
            let report = try await sums(try await filter(call), [.key])
            return AdminAnswer(
                json: .array(
                    largest(report, limit).map { sum in
                        .object([
                            "api_key": .string(sum.group[0]),
                            "key_name": .string(sum.group[0]),
                            "key_alias": .orNull(KeyID(sum.group[0]).flatMap { report.keys[$0]?.name }),
                            "total_spend": .dollars(sum.cost),
                        ])
                    }
                )
            )
        }
    }

    private var models: AdminEndpoint {
        group(
            "GET",
            "/global/spend/models",
            id: "SpendModels",
            "The models that cost most.",
            role: .viewer,
            forTeams: true,
            parameters: LiteLLMSpend.filters + ["limit"]
        ) { [self] call throws(AdminRefusal) in
            let limit = try call.number("limit", within: 1...1_000, otherwise: 10)
            let report = try await sums(try await filter(call), [.model])
            return AdminAnswer(
                json: .array(
                    largest(report, limit).map {
                        .object(["model": .string($0.group[0]), "total_spend": .dollars($0.cost)])
                    }
                )
            )
        }
    }

    private var teams: AdminEndpoint {
        group(
            "GET",
            "/global/spend/teams",
            id: "SpendTeams",
            "What each team has cost, and by day.",
            role: .viewer,
            forTeams: true,
            parameters: LiteLLMSpend.filters
        ) { [self] call throws(AdminRefusal) in
            let filter = try await filter(call)
            let totals = largest(try await sums(filter, [.team]), .max)
            var days: [(day: String, spend: JSONObject)] = []
            for sum in try await sums(filter, [.day, .team]).groups {
                if let place = days.firstIndex(where: { $0.day == sum.group[0] }) {
                    days[place].spend[sum.group[1]] = .dollars(sum.cost)
                } else {
                    days.append((sum.group[0], [sum.group[1]: .dollars(sum.cost)]))
                }
            }
            let daily = days.sorted { $0.day < $1.day }.map { day -> JSONValue in
                var spend = day.spend
                spend["date"] = .string(day.day)
                return .object(spend)
            }
            return AdminAnswer(
                json: .object([
                    "daily_spend": .array(daily),
                    "teams": .texts(totals.map { $0.group[0] }),
                    "total_spend_per_team": .array(
                        totals.map { .object(["team_id": .string($0.group[0]), "total_spend": .dollars($0.cost)]) }
                    ),
                ])
            )
        }
    }

    private var providers: AdminEndpoint {
        group(
            "GET",
            "/global/spend/provider",
            id: "SpendProviders",
            "What each provider has cost.",
            role: .viewer,
            forTeams: true,
            parameters: LiteLLMSpend.filters
        ) { [self] call throws(AdminRefusal) in
            let report = try await sums(try await filter(call), [.provider])
            return AdminAnswer(
                json: .array(
                    largest(report, .max).map {
                        .object(["provider": .string($0.group[0]), "spend": .dollars($0.cost)])
                    }
                )
            )
        }
    }

    private func largest(_ report: UsageReport, _ limit: Int) -> [UsageSum] {
        Array(
            report.groups.sorted { ($0.cost.rawValue, $1.group.joined()) > ($1.cost.rawValue, $0.group.joined()) }
                .prefix(limit)
        )
    }

    // MARK: Day by day

    private var activity: AdminEndpoint {
        group(
            "GET",
            "/user/daily/activity",
            id: "DailyActivity",
            "Requests, tokens and money by day, and by model, provider and key.",
            role: .viewer,
            forTeams: true,
            parameters: LiteLLMSpend.filters + ["model", "page", "page_size", "timezone"]
        ) { [self] call throws(AdminRefusal) in
            let filter = try await filter(call)
            let breakdowns: [(name: String, dimension: UsageDimension)] = [
                ("models", .model), ("providers", .provider), ("api_keys", .key), ("model_groups", .route),
            ]
            var parts: [(name: String, sums: [UsageSum])] = []
            for part in breakdowns { parts.append((part.name, try await sums(filter, [.day, part.dimension]).groups)) }
            let whole = try await sums(filter, [.day])
            let results = whole.groups.map { day -> JSONValue in
                var breakdown = JSONObject()
                for part in parts {
                    var values = JSONObject()
                    for sum in part.sums where sum.group.first == day.group.first {
                        values[sum.group[1]] = .object(["metrics": metrics(sum), "metadata": .object([:])])
                    }
                    breakdown[part.name] = .object(values)
                }
                return .object([
                    "date": .orNull(day.group.first), "metrics": metrics(day), "breakdown": .object(breakdown),
                ])
            }
            var metadata: JSONObject = ["page": .integer("1"), "total_pages": .integer("1"), "has_more": .bool(false)]
            if case .object(let totals) = metrics(whole.total) {
                for member in totals.members { metadata["total_\(member.name)"] = member.value }
                metadata["total_tokens"] = totals["total_tokens"]
            }
            return AdminAnswer(json: .object(["results": .array(results), "metadata": .object(metadata)]))
        }
    }

    private func metrics(_ sum: UsageSum) -> JSONValue {
        .object([
            "spend": .dollars(sum.cost),
            "prompt_tokens": .count(sum.inputTokens),
            "completion_tokens": .count(sum.outputTokens),
            "cache_read_input_tokens": .count(sum.cachedInputTokens),
            "cache_creation_input_tokens": .count(sum.cacheWriteTokens),
            "total_tokens": .count(sum.inputTokens.addingReportingOverflow(sum.outputTokens).partialValue),
            "api_requests": .count(sum.requests),
            "successful_requests": .count(max(0, sum.requests - min(sum.requests, sum.failedAttempts))),
            "failed_requests": .count(min(sum.requests, sum.failedAttempts)),
        ])
    }

    // MARK: Models

    private func info(_ path: String, _ id: String) -> AdminEndpoint {
        group("GET", path, id: id, "Versions as models: one for each, under its route.", role: .viewer) {
            [self] _ throws(AdminRefusal) in
            let versions = await control.current.versions
            return AdminAnswer(
                json: .object([
                    "data": .array(
                        versions.map { version in
                            .object([
                                "model_name": .string(version.route.rawValue),
                                "litellm_params": .object([
                                    "model": .string(version.apiVersion),
                                    "custom_llm_provider": .string(version.provider.rawValue),
                                ]),
                                "model_info": .object([
                                    "id": .string(version.id.rawValue),
                                    "db_model": .bool(version.owner == .api),
                                    "state": .string(version.release.state.rawValue),
                                    "weight": .double(version.release.weight.fraction),
                                    "created_at": .string(version.createdAt.description),
                                ]),
                            ])
                        }
                    )
                ])
            )
        }
    }

    private func names(_ path: String, _ id: String) -> AdminEndpoint {
        group("GET", path, id: id, "Routes by their names and aliases.", role: .viewer) {
            [self] _ throws(AdminRefusal) in
            let names = await control.routes().flatMap { [$0.id.rawValue] + $0.aliases }
            let models = names.map { name -> JSONValue in
                .object([
                    "id": .string(name), "object": .string("model"), "created": .integer("0"),
                    "owned_by": .string("sluice"),
                ])
            }
            return AdminAnswer(json: .object(["object": .string("list"), "data": .array(models)]))
        }
    }

    private func refused(_ path: String, _ id: String) -> AdminEndpoint {
        group("POST", path, id: id, "Not here: models are versions of routes.", role: .operator) {
            _ throws(AdminRefusal) in
            throw .unsupported(
                "Models are versions of routes here, which are released step by step.",
                field: nil,
                hint: "`sluice version register` (POST /v1/admin/versions/register)."
            )
        }
    }
}
