// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel
import SluiceCore

/// `sluice price`: what providers ask for their models.
struct PriceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "price",
        abstract: "List price cards, or import them.",
        discussion: """
              sluice price list
              sluice price import model_prices_and_context_window.json
              sluice price import model_prices_and_context_window.json --provider main --source openai

            Exit codes: 0 done, 1 refused by the server or not found, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [PriceList.self, PriceImportCommand.self]
    )
}

struct PriceList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List price cards: US dollars per million tokens."
    )

    @Option(help: "Only of this provider.")
    var provider: String?

    @Option(help: "Only of this model.")
    var model: String?

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let prices = try await client.all(PriceView.self, ["prices"]).filter { price in
                (command.provider == nil || command.provider == price.provider)
                    && (command.model == nil || command.model == price.model)
            }
            terminal.show(try AdminJSON.value(of: prices)) {
                var table = Table(
                    .text("provider"),
                    .text("model"),
                    .number("input"),
                    .number("cached"),
                    .number("output"),
                    .number("reasoning"),
                    .number("tiers"),
                    .text("from"),
                    .text("owner")
                )
                for price in prices {
                    table.add(
                        price.provider,
                        price.model,
                        Show.dollars(price.rates.input),
                        Show.dollars(price.rates.cachedInput),
                        Show.dollars(price.rates.output),
                        Show.dollars(price.rates.reasoning),
                        price.tiers.map { "\($0.count)" },
                        price.effectiveFrom,
                        price.owner
                    )
                }
                return table.text(nothing: "There are no prices: sluice price import --help")
            }
        }
    }
}

struct PriceImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import price cards from a file.",
        discussion: """
            The file is LiteLLM's model_prices_and_context_window.json, models.dev's api.json, or an array as
            `price list --json` writes it. Of the first two, entries are taken whose provider has the very id of one
            that is configured; --provider and --source say it where the names differ. A large file goes in several
            calls; after one that failed, import it again. Prices that are in force already change nothing; past usage
            keeps its price. What a card has no place for (audio, images, service tiers, batches) is counted by its name.
            """
    )

    @Argument(help: "A file, or - for standard input.")
    var file: String

    @Option(help: "Take entries for this provider alone.")
    var provider: String?

    @Option(help: "The file's name for that provider, where it is not its id.")
    var source: String?

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        let file = try command.json()
        try await connection.run { client, terminal in
            let ids = try await client.all(ProviderView.self, ["providers"]).map(\.provider)
            let sources = (command.source ?? command.provider).map { Set([$0]) } ?? Set(ids)
            guard let parts = PriceFileParts(file, for: sources) else {
                throw CommandFailure.usage("\(command.file) is \(file.kindName), no file of prices.")
            }
            guard !parts.parts.isEmpty else { throw command.nothing(parts, ids) }
            var done: ImportedPricesView?
            for part in parts.parts {
                let answer = try await client.call("POST", ["prices", "import"], body: command.body(part, parts.form))
                let next = try AdminClient.shape(ImportedPricesView.self, of: answer, from: client.base)
                done = done?.adding(next) ?? next
            }
            guard var done else { return }
            done.foreign += parts.foreign
            let sum = done
            terminal.show(try AdminJSON.value(of: sum)) { PriceImportCommand.text(sum) }
        }
    }

    private static func text(_ done: ImportedPricesView) -> String {
        let dropped = (done.dropped ?? [:]).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return Table.list(
            [
                ("written", "\(done.written)"), ("unchanged", "\(done.unchanged)"), ("models", "\(done.models)"),
                ("defined in the file", done.ownedByFile.isEmpty ? nil : "\(done.ownedByFile.count)"),
                ("without a price", done.skipped.isEmpty ? nil : "\(done.skipped.count)"),
                ("of other providers", done.foreign == 0 ? nil : "\(done.foreign)"),
            ] + dropped.map { name, count in ("dropped \(name)", "of \(count)") }
        )
    }

    private func nothing(_ parts: PriceFileParts, _ ids: [String]) -> CommandFailure {
        guard parts.foreign > 0 else { return .usage("\(file) holds no prices.") }
        let names = source ?? provider ?? ids.joined(separator: ", ")
        return .usage(
            "None of the \(parts.foreign) entries of \(file) is for \(names).",
            hint:
                "Say which provider is meant and what the file calls it: --provider \(ids.first ?? "ID") --source NAME"
        )
    }

    private func json() throws(CommandFailure) -> JSONValue {
        let text = file == "-" ? TextInput.standardInput() : try TextInput.file(file)
        do throws(JSONError) {
            return try JSONValue(parsing: text, limits: JSONLimits(depth: 64, members: 1_000_000))
        } catch {
            throw .usage("\(file) is not JSON: \(error)")
        }
    }

    private func body(_ part: JSONValue, _ form: PriceFileParts.Form) -> JSONValue {
        var body = JSONObject()
        body[form.rawValue] = part
        if form != .cards, let provider { body["provider"] = .string(provider) }
        if form != .cards, let source { body["source"] = .string(source) }
        if let reason = reason.reason { body["reason"] = .string(reason) }
        return .object(body)
    }
}

extension ImportedPricesView {
    /// What this part of an import and another one did together.
    fileprivate func adding(_ other: ImportedPricesView) -> ImportedPricesView {
        ImportedPricesView(
            written: written + other.written,
            unchanged: unchanged + other.unchanged,
            models: models + other.models,
            ownedByFile: ownedByFile + other.ownedByFile,
            skipped: skipped + other.skipped,
            foreign: foreign + other.foreign,
            dropped: (dropped ?? [:]).merging(other.dropped ?? [:], uniquingKeysWith: +)
        )
    }
}
