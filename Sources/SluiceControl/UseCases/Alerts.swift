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
                    : "GET /v1/admin/alerts lists them all.",
                details: .list("channels", alerts.channels.map(\.name))
            )
        }
        let payload: JSONObject = [
            "kind": .string(AlertKind.test),
            "severity": "info",
            "text": .string("A test by \(actor): this channel hears of rollouts."),
            "at": .string(now().description),
        ]
        let message = OutboxMessage(
            channel: channel,
            kind: AlertKind.test,
            payload: JSONValue.object(payload).jsonText,
            createdAt: now()
        )
        let delivery = await alerts.messenger.send(message)
        let moment = now()
        alerts.note(channel) { $0.take(delivery, at: moment) }
        return delivery
    }

    /// Alerts that a model answered which has no price: once a day for each provider and model, over restarts too.
    func alertPriceMissing(_ provider: ProviderID, _ model: String) async throws(ControlError) {
        let now = now()
        let channels = channels.filter { $0.wants(AlertKind.priceMissing) }
        guard !channels.isEmpty else { return }
        let name = "alert.price.missing:\(provider)/\(model)"
        let isTold = try await change { catalogue throws(ControlError) in
            let told = catalogue.state.settings[name].flatMap { Int64($0) } ?? 0
            guard now.nanoseconds - told >= PriceAlarm.silence else { return Decision([], audit: [], answer: false) }
            let text =
                "Requests to \(model) at \(provider) have no price: their cost is unknown, not zero."
                + " Add one to the configuration, or import it: sluice price import."
            let payload: JSONObject = [
                "kind": .string(AlertKind.priceMissing), "severity": "warning", "text": .string(text),
                "at": .string(now.description), "provider": .string(provider.rawValue), "model": .string(model),
            ]
            let messages = channels.map { channel in
                StoreChange.enqueue(
                    OutboxMessage(
                        channel: channel.name,
                        kind: AlertKind.priceMissing,
                        payload: JSONValue.object(payload).jsonText,
                        createdAt: now
                    )
                )
            }
            return Decision([.setSetting(name, "\(now.nanoseconds)")] + messages, audit: [], answer: true)
        }
        if isTold {
            log.warning(
                "a model without a price",
                metadata: ["sluice.provider": "\(provider)", "sluice.model": "\(model)"]
            )
        }
    }
}
