// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore
import SluiceStore

/// What keeps the ledger true: corrections, and the proof of its invariants.
struct LedgerEndpoints: Sendable {
    let control: ControlPlane

    var all: [AdminEndpoint] { [correct, corrections, verify] }

    private static let period: [AdminEndpoint.Parameter] = [
        .init(name: "from", schema: .moment, about: "Requests that began then or later."),
        .init(name: "until", schema: .moment, about: "Requests that began before."),
    ]

    private var correct: AdminEndpoint {
        AdminEndpoint(
            "POST",
            "/v1/admin/ledger/corrections",
            id: "correctLedger",
            tag: "usage",
            "Says what an attempt cost in truth: an audited entry beside the ledger's, which stays as it is.",
            access: .role(.owner),
            body: .init(schema: .named("CorrectLedgerRequest"), isRequired: true),
            outcomes: [
                .json(201, "The correction.", .named("LedgerCorrection")), .error(404, "There is no such attempt."),
                .error(422, "The body does not fit."),
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(CorrectLedgerRequest.self)
            guard let request = RequestID(body.request) else {
                throw .invalid("request is no id of a request.", field: "request")
            }
            guard let cost = ExactRate.exactly(body.costUSD, by: 9) else {
                throw .invalid(
                    "cost_usd must be US dollars as text with at most nine decimals, such as \"0.0125\".",
                    field: "cost_usd"
                )
            }
            let change = try call.change(body.reason)
            let done = try await refusing { () async throws(ControlError) in
                try await control.correctLedger(request, attempt: body.attempt, to: NanoUSD(cost), change)
            }
            return try AdminAnswer(201, CorrectionView(done))
        }
    }

    private var corrections: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/ledger/corrections",
            id: "listLedgerCorrections",
            tag: "usage",
            "Corrections of the ledger, the oldest first.",
            access: .role(.viewer),
            parameters: LedgerEndpoints.period + Paging.parameters,
            outcomes: [.json("A page.", .page(of: "LedgerCorrection")), .error(422, "A parameter does not fit.")]
        ) { [control] call throws(AdminRefusal) in
            let filter = LedgerFilter(from: try call.moment("from"), until: try call.moment("until"))
            let all = try await refusing { () async throws(ControlError) in
                try await control.ledgerCorrections(filter)
            }
            return try AdminAnswer(try Paging(call).page(all.map { CorrectionView($0) }))
        }
    }

    /// Findings that an answer names.
    private static let shown = 100

    private var verify: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/ledger/verify",
            id: "verifyLedger",
            tag: "usage",
            "Proves the ledger's invariants: one settle an attempt, none open for ever, equal sums by key, route, version,"
                + " provider, model and day, each amount reckoned again by the card it was charged by. Reads all of it.",
            access: .role(.viewer),
            parameters: LedgerEndpoints.period,
            outcomes: [.json("The verdict.", .named("LedgerVerdict")), .error(422, "A parameter does not fit.")]
        ) { [control] call throws(AdminRefusal) in
            let (from, until) = (try call.moment("from"), try call.moment("until"))
            let report = try await refusing { () async throws(ControlError) in
                try await control.verifyLedger(from: from, until: until)
            }
            var view = LedgerVerdictView()
            view.isSound = report.findings.isEmpty
            view.rows = report.rows
            view.reckoned = report.reckoned
            view.corrections = report.corrections
            view.open = report.open
            view.charges = report.charges
            view.budgets = report.budgets
            view.costUSD = report.cost.description
            view.problems = Int64(report.findings.count)
            view.findings = report.findings.prefix(LedgerEndpoints.shown).map(\.description)
            return try AdminAnswer(view)
        }
    }
}

extension CorrectionView {
    init(_ correction: LedgerCorrection) {
        self.init()
        request = correction.request.description
        attempt = correction.attempt
        at = correction.at.description
        correctionNanoUSD = correction.amount.rawValue
        correctionUSD = correction.amount.description
        actor = correction.actor
        reason = correction.reason
    }

    init(_ done: CorrectedEntry) {
        self.init(done.correction)
        costUSDBefore = done.before?.description
        costUSDAfter = done.after.description
    }
}
