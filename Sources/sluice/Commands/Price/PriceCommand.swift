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
            The file is LiteLLM's model_prices_and_context_window.json, or an array as `price list --json` writes it.
            Entries are taken whose litellm_provider is a configured provider's id or dialect; --provider and --source
            say it otherwise. Prices that are in force already change nothing; past usage keeps its price.
            """
    )

    @Argument(help: "A file, or - for standard input.")
    var file: String

    @Option(help: "Take entries for this provider alone.")
    var provider: String?

    @Option(help: "The litellm_provider whose entries are meant.")
    var source: String?

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let answer = try await client.call("POST", ["prices", "import"], body: try command.body())
            try terminal.show(answer) {
                let done = try AdminClient.shape(ImportedPricesView.self, of: answer, from: client.base)
                return Table.list([
                    ("written", "\(done.written)"), ("unchanged", "\(done.unchanged)"), ("models", "\(done.models)"),
                    ("defined in the file", done.ownedByFile.isEmpty ? nil : "\(done.ownedByFile.count)"),
                    ("without a price", done.skipped.isEmpty ? nil : "\(done.skipped.count)"),
                    ("of other providers", done.foreign == 0 ? nil : "\(done.foreign)"),
                ])
            }
        }
    }

    private func body() throws(CommandFailure) -> JSONValue {
        let text = file == "-" ? TextInput.standardInput() : try TextInput.file(file)
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: text, limits: JSONLimits(depth: 64, members: 1_000_000))
        } catch {
            throw .usage("\(file) is not JSON: \(error)")
        }
        var body = JSONObject()
        switch json {
        case .array: body["prices"] = json
        case .object(let models): body["litellm"] = .object(LiteLLMFile.prices(of: models, source: source))
        default: throw .usage("\(file) is \(json.kindName), neither LiteLLM's object nor an array of cards.")
        }
        if let provider { body["provider"] = .string(provider) }
        if let source { body["source"] = .string(source) }
        if let reason = reason.reason { body["reason"] = .string(reason) }
        return .object(body)
    }
}

/// LiteLLM's file of prices.
enum LiteLLMFile {
    /// The file with what tells prices alone: the whole of it is larger than a call may be.
    static func prices(of models: JSONObject, source: String?) -> JSONObject {
        var kept: [(name: String, value: JSONValue)] = []
        for (name, value) in models.members where name != "sample_spec" {
            guard case .object(let entry) = value, source == nil || entry["litellm_provider"]?.string == source else {
                continue
            }
            let members = entry.members.filter { member in
                member.name == "litellm_provider" || member.name == "mode" || member.name.contains("cost")
                    || member.name.hasPrefix("max_")
            }
            kept.append((name: name, value: .object(JSONObject(members))))
        }
        return JSONObject(kept)
    }
}
