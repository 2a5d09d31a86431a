// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
import SluiceRelease
import SluiceStore

extension ControlPlane {
    /// Sends a test to a channel, past the outbox, and says what came of it.
    ///
    /// - Throws: `notFound` for a channel that is not configured.
    package func testAlert(_ channel: String, by actor: String) async throws(ControlError) -> Delivery {
        guard alerts.channels.contains(where: { $0.name == channel }) else {
            throw ControlError(
                .notFound,
                "There is no alert channel \"\(channel)\".",
                hint: alerts.channels.isEmpty
                    ? "Name one in the configuration: alerts.channels (docs/alerts.md)."
                    : "\(AdminHint.listAlerts) lists them all.",
                details: .list("channels", alerts.channels.map(\.name))
            )
        }
        let test = Alert(
            kind: AlertKind.test,
            severity: .info,
            text: "A test by \(actor): this channel hears of rollouts.",
            at: now()
        )
        let delivery = await alerts.messenger.send(test.message(to: channel))
        let moment = now()
        alerts.note(channel) { $0.take(delivery, at: moment) }
        return delivery
    }

    /// Alerts that a model answered which has no price: once a day for each provider and model, over restarts too.
    func alertPriceMissing(_ provider: ProviderID, _ model: String) async throws(ControlError) {
        let name = "alert.\(AlertKind.priceMissing):\(provider)/\(model)"
        let hasCard = catalogue.prices.card(provider: provider, model: model, at: now()) != nil
        let advice =
            hasCard
            ? "Their price card has no rate for what was used: audio, or a service tier such as flex or priority."
            : "Add one to the configuration, or import it: sluice price import."
        let alert = Alert(
            kind: AlertKind.priceMissing,
            severity: .warning,
            text: "Requests to \(model) at \(provider) have no price: their cost is unknown, not zero. \(advice)",
            at: now(),
            facts: ["provider": .string(provider.rawValue), "model": .string(model)]
        )
        let messages = alert.messages(to: channels)
        let isReported = try await change { catalogue throws(ControlError) in
            let last = catalogue.state.settings[name].flatMap { Int64($0) } ?? 0
            guard alert.at.nanoseconds - last >= PriceAlarm.silence else { return .nothing(false) }
            return Decision([.setSetting(name, "\(alert.at.nanoseconds)")] + messages, answer: true)
        }
        if isReported {
            log.warning(
                "a model without a price",
                metadata: ["sluice.provider": "\(provider)", "sluice.model": "\(model)"]
            )
        }
    }

    /// Alerts that a provider's own cost of a model is another than the price card says: once a day, over restarts too.
    func alertCostDrift(
        _ provider: ProviderID,
        _ model: String,
        ours: NanoUSD,
        theirs: NanoUSD,
        _ attempts: Int64
    ) async throws(ControlError) {
        let name = "alert.\(AlertKind.costDrift):\(provider)/\(model)"
        let alert = Alert(
            kind: AlertKind.costDrift,
            severity: .warning,
            text:
                "\(provider) says that \(attempts) answers of \(model) cost $\(theirs), the price card says $\(ours). "
                + "Compare the card with the provider's prices: sluice price history \(provider) \(model).",
            at: now(),
            facts: [
                "provider": .string(provider.rawValue), "model": .string(model), "cost_usd": .string(ours.description),
                "provider_cost_usd": .string(theirs.description),
            ]
        )
        let messages = alert.messages(to: channels)
        let isReported = try await change { catalogue throws(ControlError) in
            let last = catalogue.state.settings[name].flatMap { Int64($0) } ?? 0
            guard alert.at.nanoseconds - last >= CostDriftAlarm.day else { return .nothing(false) }
            return Decision([.setSetting(name, "\(alert.at.nanoseconds)")] + messages, answer: true)
        }
        if isReported {
            log.warning(
                "a provider's cost is not that of the price card",
                metadata: ["sluice.provider": "\(provider)", "sluice.model": "\(model)"]
            )
        }
    }
}
