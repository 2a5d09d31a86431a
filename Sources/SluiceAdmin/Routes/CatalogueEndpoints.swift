// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

/// What the file and the API define: routes, providers, models, prices.
struct CatalogueEndpoints: Sendable {
    let control: ControlPlane
    let now: @Sendable () -> Timestamp

    var all: [AdminEndpoint] { [routes, providers, models, putModel, prices, priceHistory, importPrices] }

    private func list(
        _ name: String,
        of item: String,
        _ about: String,
        handler: @escaping AdminEndpoint.Handler
    ) -> AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/\(name)",
            id: "list\(item)s",
            tag: "catalogue",
            about,
            access: .role(.viewer),
            parameters: Paging.parameters,
            outcomes: [.json("A page.", .page(of: item)), .error(422, "A parameter does not fit.")],
            handler: handler
        )
    }

    private var routes: AdminEndpoint {
        list("routes", of: "Route", "The names callers put in `model`.") { [control] call throws(AdminRefusal) in
            let shares = await control.distribution()
            var views: [RouteView] = []
            for route in await control.routes() {
                let versions = shares.filter { $0.route == route.id }.map(\.version)
                views.append(
                    RouteView(route, versions: versions, pending: await control.pendingApproval(on: route.id))
                )
            }
            return try AdminAnswer(try Paging(call).page(views))
        }
    }

    private var providers: AdminEndpoint {
        list("providers", of: "Provider", "Upstream accounts.") { [control] call throws(AdminRefusal) in
            try AdminAnswer(try Paging(call).page(await control.providerViews()))
        }
    }

    private var models: AdminEndpoint {
        list("models", of: "Model", "Model cards.") { [control] call throws(AdminRefusal) in
            try AdminAnswer(try Paging(call).page(await control.models().map(ModelView.init)))
        }
    }

    private var prices: AdminEndpoint {
        list("prices", of: "Price", "Price cards, past ones included.") { [control] call throws(AdminRefusal) in
            try AdminAnswer(try Paging(call).page(await control.prices().map(PriceView.init)))
        }
    }

    private var priceHistory: AdminEndpoint {
        AdminEndpoint(
            "GET",
            "/v1/admin/prices/history",
            id: "listPriceHistory",
            tag: "catalogue",
            "Every card of a model that was, is or will be in force, the oldest first.",
            access: .role(.viewer),
            parameters: [
                .init(name: "provider", schema: .id, about: "The provider."),
                .init(name: "model", schema: .model, about: "Its name for the model."),
            ],
            outcomes: [.json("The cards.", .array(.named("KeptPrice"))), .error(422, "A parameter does not fit.")]
        ) { [control] call throws(AdminRefusal) in
            guard let provider = call.query["provider"], let model = call.query["model"], model.utf8.count <= 256 else {
                throw .invalid("Say whose price: provider and model.", field: "provider")
            }
            let cards = try await refusing { () async throws(ControlError) in
                try await control.priceHistory(provider: provider, model: model)
            }
            return try AdminAnswer(cards.map { KeptPriceView($0) })
        }
    }

    private var importPrices: AdminEndpoint {
        AdminEndpoint(
            "POST",
            "/v1/admin/prices/import",
            id: "importPrices",
            tag: "catalogue",
            "Puts price cards in force, all or none: `prices` in the form of the list, `litellm` with the object of"
                + " LiteLLM's model_prices_and_context_window.json, or `models_dev` with that of models.dev's api.json;"
                + " of both, other providers' entries are passed over.",
            access: .role(.owner),
            body: .init(schema: .named("ImportPricesRequest"), isRequired: true),
            outcomes: [
                .json("What was taken in.", .named("ImportedPrices")),
                .error(409, "The configuration file defines one of the cards."),
                .error(422, "A card does not fit; details.field says which."),
            ]
        ) { [control, now] call throws(AdminRefusal) in
            let body = try call.shape(ImportPricesRequest.self)
            let change = try call.change(body.reason)
            let isDryRun = body.dryRun ?? false
            switch (body.prices, body.litellm?.value, body.modelsDev?.value) {
            case (let prices?, nil, nil):
                for (name, value) in [("provider", body.provider), ("source", body.source)] where value != nil {
                    throw .invalid("\(name) goes with a file; a price names its own provider.", field: name)
                }
                let moment = now()
                var read: [PriceCard] = []
                for (index, price) in prices.enumerated() {
                    read.append(try price.card(at: "prices.\(index)", now: moment))
                }
                let cards = read
                let done = try await refusing { () async throws(ControlError) in
                    try await control.importPrices(cards, isDryRun: isDryRun, change)
                }
                return try AdminAnswer(ImportedPricesView(done, isDryRun: isDryRun))
            case (nil, .object(let file)?, nil): return try await importFile(.litellm(file), body, change)
            case (nil, nil, .object(let file)?): return try await importFile(.modelsDev(file), body, change)
            default:
                throw .invalid("Send one of prices, an array, litellm or models_dev, objects.", field: "prices")
            }
        }
    }

    private func importFile(
        _ file: PriceFile,
        _ body: ImportPricesRequest,
        _ change: Change
    ) async throws(AdminRefusal) -> AdminAnswer {
        let isDryRun = body.dryRun ?? false
        let done = try await refusing { () async throws(ControlError) in
            try await control.importPrices(
                from: file,
                provider: body.provider,
                source: body.source,
                isDryRun: isDryRun,
                change
            )
        }
        return try AdminAnswer(ImportedPricesView(done, isDryRun: isDryRun))
    }

    private var putModel: AdminEndpoint {
        AdminEndpoint(
            "PUT",
            "/v1/admin/models",
            id: "putModel",
            tag: "catalogue",
            "Writes what is known of a provider's model: quality score and context window.",
            access: .role(.owner),
            body: .init(schema: .named("NewModel"), isRequired: true),
            outcomes: [
                .json("The card.", .named("Model")), .error(409, "The configuration file defines the model."),
                .error(422, "The card does not fit."),
            ]
        ) { [control] call throws(AdminRefusal) in
            let card = try call.shape(ModelView.self).card()
            let change = try call.change(nil)
            let written = try await refusing { () async throws(ControlError) in
                try await control.putModel(card, change)
            }
            return try AdminAnswer(ModelView(written))
        }
    }
}
