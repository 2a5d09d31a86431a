// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

/// What dollars are worth elsewhere.
struct CurrencyEndpoints: Sendable {
    let control: ControlPlane

    var all: [AdminEndpoint] { [list, put] }

    private var list: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/currencies",
            id: "listCurrencyRates",
            tag: "usage",
            "What a US dollar is worth in other currencies, by the days from which on.",
            access: .role(.viewer),
            parameters: Paging.parameters,
            outcomes: [.json("A page.", .page(of: "CurrencyRate")), .error(422, "A parameter does not fit.")]
        ) { [control] call throws(AdminRefusal) in
            try AdminAnswer(try Paging(call).page(await control.currencyRates().map { CurrencyRateView($0) }))
        }
    }

    private var put: AdminEndpoint {
        AdminEndpoint(
            "PUT",
            "/v1/admin/currencies",
            id: "putCurrencyRate",
            tag: "usage",
            "Writes what a US dollar is worth in a currency from a day on.",
            access: .role(.owner),
            body: .init(schema: .named("NewCurrencyRate"), isRequired: true),
            outcomes: [
                .json("The rate.", .named("CurrencyRate")), .error(409, "The configuration file defines it."),
                .error(422, "The body does not fit."),
            ]
        ) { [control] call throws(AdminRefusal) in
            let body = try call.shape(CurrencyRateView.self)
            guard body.from.utf8.count == 10, let from = Timestamp(body.from) else {
                throw .invalid("from must be a day such as 2026-11-01.", field: "from")
            }
            guard let rate = ExactRate.exactly(body.perUSD, by: 9), rate > 0 else {
                throw .invalid(
                    "per_usd must be a number above 0 as text with at most nine decimals, such as \"7.1032\".",
                    field: "per_usd"
                )
            }
            let change = try call.change(nil)
            let written = try await refusing { () async throws(ControlError) in
                try await control.putCurrencyRate(
                    CurrencyRate(currency: body.currency, from: from, billionthsPerUSD: rate),
                    change
                )
            }
            return try AdminAnswer(CurrencyRateView(written))
        }
    }
}

extension CurrencyRateView {
    init(_ rate: CurrencyRate) {
        self.init()
        currency = rate.currency
        from = String(rate.from.description.prefix(10))
        perUSD = NanoUSD(rate.billionthsPerUSD).description
        owner = rate.owner.rawValue
    }
}
