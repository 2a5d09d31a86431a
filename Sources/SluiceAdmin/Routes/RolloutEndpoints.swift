// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore
import SluiceRelease
import Synchronization

/// Rollouts: begin, follow, lead by hand, understand.
struct RolloutEndpoints: Sendable {
    let control: ControlPlane
    let now: @Sendable () -> Timestamp
    private let endpoint = EndpointGroup(below: "/v1/admin/rollouts", tag: "rollouts")

    private static let missing = AdminEndpoint.Outcome.error(404, "There is no such rollout.")
    private static let misfit = AdminEndpoint.Outcome.error(422, "The body does not fit.")
    private static let unlawful = AdminEndpoint.Outcome.error(409, "It makes no sense in the rollout's state.")

    var all: [AdminEndpoint] {
        [create, list, plan, selfTest, show, events, explain, evidence, replay, promote, extend]
            + [
                order(.start, "start", id: "startRollout", "Begins a rollout that was made with start: false."),
                order(.pause, "pause", id: "pauseRollout", "Keeps the weight; the canary is still judged."),
                order(.resume, "resume", id: "resumeRollout", "Goes on after a pause or a hold."),
                order(.approve, "approve", id: "approveRollout", "Opens the gate it waits at."),
                order(.abort, "abort", id: "abortRollout", "Ends it and takes the canary out of traffic at once."),
                order(.retry, "retry", id: "retryRollout", "Begins an aborted rollout anew, with the same plan."),
                order(
                    .undo,
                    "undo",
                    id: "undoRollout",
                    "Takes a completed rollout back: the former version serves again."
                ),
            ]
    }

    // MARK: Beginning

    private var create: AdminEndpoint {
        endpoint(
            "POST",
            "",
            id: "createRollout",
            "Makes a rollout of a version on its route, and begins it unless start is false.",
            body: .init(schema: .named("RolloutRequest"), isRequired: true),
            outcomes: [
                .json(201, "The rollout.", .named("Rollout")), .error(404, "There is no such version."),
                .error(
                    409,
                    "Another rollout has the route, there is no baseline, the price cards break the plan, or production does."
                ),
                .error(422, "The plan does not fit; details.field names step and field."),
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(RolloutRequestBody.self)
            let request = try await checked(body)
            let change = try call.change(body.reason)
            let made = try await refusing { () async throws(ControlError) in
                try await control.createRollout(request, change)
            }
            return try AdminAnswer(201, RolloutView(made))
        }
    }

    private var plan: AdminEndpoint {
        endpoint(
            "POST",
            "/plan",
            id: "planRollout",
            "A dry run: what each step can find out at the route's real traffic, and whether the price cards allow it.",
            role: .viewer,
            body: .init(schema: .named("RolloutRequest"), isRequired: true),
            outcomes: [
                .json("The estimate.", .named("RolloutEstimate")), .error(404, "There is no such version."),
                .error(409, "There is no baseline to compare with."),
                .error(422, "The plan does not fit; details.field names step and field."),
            ]
        ) { [control] call throws(AdminRefusal) in
            let request = try await checked(try call.shape(RolloutRequestBody.self))
            let estimate = try await refusing { () async throws(ControlError) in try await control.estimate(request) }
            return try AdminAnswer(RolloutEstimateView(estimate))
        }
    }

    private var selfTest: AdminEndpoint {
        endpoint(
            "POST",
            "/selftest",
            id: "selfTestRollouts",
            "Splits production's recorded requests of the last hour into two arms that are the same, with many salts, and"
                + " says how often the judge would have rolled one back.",
            body: .init(schema: .named("SelfTestRequest"), isRequired: true),
            outcomes: [
                .json("What came out.", .named("SelfTest")), .error(404, "There is no such route."),
                .error(409, "Too little traffic is recorded."), RolloutEndpoints.misfit,
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(SelfTestRequest.self)
            guard let route = RouteID(body.route) else { throw .invalid("route is no name.", field: "route") }
            let share = body.share ?? 0.05
            guard (0.001...0.5).contains(share) else {
                throw .invalid("share must be a number from 0.001 to 0.5.", field: "share")
            }
            let salts = body.salts ?? 100
            guard (1...1_000).contains(salts) else { throw .invalid("salts must be from 1 to 1000.", field: "salts") }
            let question = SelfTest.Question(route: route, share: share, salts: salts)
            let test = try await refusing { () async throws(ControlError) in try await control.selfTest(question) }
            return try AdminAnswer(SelfTestView(await control.rehearsals.answer(of: test)))
        }
    }

    /// The wish; a route or baseline that the caller expects must be the one it will have.
    private func checked(_ body: RolloutRequestBody) async throws(AdminRefusal) -> RolloutRequest {
        let request = RolloutRequest(
            id: body.name,
            canary: body.versionID,
            plan: body.plan?.value ?? .null,
            isForced: body.force ?? false,
            starts: body.start ?? true
        )
        guard body.route != nil || body.baseline != nil else { return request }
        let found = try await refusing { () async throws(ControlError) in try await control.comparison(for: request) }
        if let route = body.route, route != found.route.rawValue {
            throw .invalid("Version \(request.canary) is one of route \(found.route), not of that.", field: "route")
        }
        if let baseline = body.baseline, baseline != found.baseline.rawValue {
            throw .invalid(
                "The baseline is the production version with traffic, \(found.baseline).",
                field: "baseline"
            )
        }
        return request
    }

    // MARK: Looking

    private var list: AdminEndpoint {
        endpoint(
            "GET",
            "",
            id: "listRollouts",
            "Rollouts, the newest first.",
            role: .viewer,
            parameters: [
                .init(name: "route", schema: .id, about: "Only those of one route."),
                .init(name: "open", schema: .boolean, about: "Only those that still hold their route, or have ended."),
            ] + Paging.parameters,
            outcomes: [.json("A page.", .page(of: "Rollout")), .error(422, "A parameter does not fit.")]
        ) { [control] call throws(AdminRefusal) in
            let route = try call.id("route", RouteID.self)
            let isOpen: Bool?
            switch call.query["open"] {
            case nil: isOpen = nil
            case "true"?: isOpen = true
            case "false"?: isOpen = false
            default: throw .invalid("open must be true or false.", field: "open")
            }
            let rollouts = await control.rollouts(route: route, isOpen: isOpen)
            return try AdminAnswer(try Paging(call).page(rollouts.map(RolloutView.init)))
        }
    }

    private var show: AdminEndpoint {
        endpoint(
            "GET",
            "/{rollout_id}",
            id: "readRollout",
            "One rollout: step, weights, both arms, the evidence, what is awaited.",
            role: .viewer,
            outcomes: [.json("The rollout.", .named("Rollout")), RolloutEndpoints.missing]
        ) { [control] call throws(AdminRefusal) in
            let id = call.text("rollout_id")
            let status = try await refusing { () async throws(ControlError) in try await control.rollout(id) }
            return try AdminAnswer(RolloutView(status))
        }
    }

    private var events: AdminEndpoint {
        endpoint(
            "GET",
            "/{rollout_id}/events",
            id: "followRollout",
            "What happens to a rollout, as server-sent events: rollout.state first, then news as they come.",
            role: .viewer,
            outcomes: [
                .init(status: 200, about: "Events.", schema: .any, mediaType: RolloutEvents.mediaType),
                RolloutEndpoints.missing,
            ]
        ) { [control, now] call throws(AdminRefusal) in
            try await RolloutEvents.answer(
                of: call.text("rollout_id"),
                control,
                isAllowed: call.isAllowed,
                now: now
            )
        }
    }

    private var explain: AdminEndpoint {
        endpoint(
            "GET",
            "/{rollout_id}/explain",
            id: "explainRollout",
            "What happened, which evidence decided, how sure that is, and what to do next.",
            role: .viewer,
            outcomes: [.json("The explanation.", .named("RolloutExplanation")), RolloutEndpoints.missing]
        ) { [control] call throws(AdminRefusal) in
            let id = call.text("rollout_id")
            let explanation = try await refusing { () async throws(ControlError) in try await control.explain(id) }
            return try AdminAnswer(RolloutExplanationView(explanation, of: id))
        }
    }

    private var replay: AdminEndpoint {
        endpoint(
            "GET",
            "/{rollout_id}/replay",
            id: "replayRollout",
            "Computes the verdicts again from the stored evidence.",
            role: .viewer,
            outcomes: [.json("The verdicts.", .named("RolloutReplay")), RolloutEndpoints.missing]
        ) { [control] call throws(AdminRefusal) in
            let id = call.text("rollout_id")
            let replay = try await refusing { () async throws(ControlError) in try await control.replay(id) }
            return try AdminAnswer(RolloutReplayView(replay))
        }
    }

    private var evidence: AdminEndpoint {
        endpoint(
            "GET",
            "/{rollout_id}/evidence",
            id: "exportRolloutEvidence",
            "The log the judge's verdicts follow from, one entry a line, as `sluice judge replay` reads it.",
            role: .viewer,
            outcomes: [
                .init(status: 200, about: "The lines.", schema: .any, mediaType: "application/x-ndjson"),
                RolloutEndpoints.missing,
            ]
        ) { [control] call throws(AdminRefusal) in
            let id = call.text("rollout_id")
            // Looked up before the answer begins, so that an unknown id is an error, not an empty answer.
            _ = try await refusing { () async throws(ControlError) in try await control.rollout(id) }
            let cursor = Mutex<Int64>(0)
            return AdminAnswer(mediaType: "application/x-ndjson") {
                let page = try await control.rolloutLog(id, after: cursor.withLock { $0 })
                guard let last = page.last else { return nil }
                cursor.withLock { $0 = last.sequence }
                var text = ""
                for entry in page { text += try AdminJSON.value(of: entry.event).jsonText + "\n" }
                return Array(text.utf8)
            }
        }
    }

    // MARK: Leading by hand

    private var promote: AdminEndpoint {
        endpoint(
            "POST",
            "/{rollout_id}/promote",
            id: "promoteRollout",
            "Goes on without waiting for the step's demands: to the next step, or to the end.",
            body: .init(schema: .named("PromoteRequest"), isRequired: false),
            outcomes: [
                .json("The rollout.", .named("Rollout")), RolloutEndpoints.missing, RolloutEndpoints.misfit,
                RolloutEndpoints.unlawful,
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(PromoteRequest.self, orEmpty: PromoteRequest())
            guard let promotion = RolloutEvent.Promotion(rawValue: body.to ?? "next") else {
                throw .invalid("to must be next or full.", field: "to")
            }
            if let step = body.step, !(1...Plan.stepLimit).contains(step) {
                throw .invalid("step must be from 1 to \(Plan.stepLimit).", field: "step")
            }
            let order = RolloutOrder.promote(promotion, from: body.step.map { $0 - 1 })
            let (id, change) = (call.text("rollout_id"), try call.change(body.reason))
            let status = try await refusing { () async throws(ControlError) in
                try await control.order(order, rollout: id, change)
            }
            return try AdminAnswer(RolloutView(status))
        }
    }

    private var extend: AdminEndpoint {
        endpoint(
            "POST",
            "/{rollout_id}/extend",
            id: "extendRollout",
            "Opens the gate it waits at and goes on with further steps, in the place of those the plan had left.",
            body: .init(schema: .named("ExtendRequest"), isRequired: true),
            outcomes: [
                .json("The rollout.", .named("Rollout")), RolloutEndpoints.missing,
                .error(422, "The steps do not fit; details.field names step and field."), RolloutEndpoints.unlawful,
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(ExtendRequest.self)
            let steps: [Plan.Step]
            do throws(PlanError) {
                steps = try Plan.steps(body.steps.value)
            } catch {
                throw .invalid("The steps cannot be used: \(error).", field: error.field)
            }
            let (id, change) = (call.text("rollout_id"), try call.change(body.reason))
            let status = try await refusing { () async throws(ControlError) in
                try await control.order(.extend(steps), rollout: id, change)
            }
            return try AdminAnswer(RolloutView(status))
        }
    }

    private func order(_ order: RolloutOrder, _ name: String, id: String, _ about: String) -> AdminEndpoint {
        endpoint(
            "POST",
            "/{rollout_id}/\(name)",
            id: id,
            about,
            body: .init(schema: .named("ReasonRequest"), isRequired: false),
            outcomes: [
                .json("The rollout.", .named("Rollout")), RolloutEndpoints.missing, RolloutEndpoints.misfit,
                RolloutEndpoints.unlawful,
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(ReasonRequest.self, orEmpty: ReasonRequest())
            let (id, change) = (call.text("rollout_id"), try call.change(body.reason))
            let status = try await refusing { () async throws(ControlError) in
                try await control.order(order, rollout: id, change)
            }
            return try AdminAnswer(RolloutView(status))
        }
    }
}
