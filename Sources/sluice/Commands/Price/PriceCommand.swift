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
              sluice price import model_prices_and_context_window.json --dry-run
              sluice price import models.dev --dry-run
              sluice price diff model_prices_and_context_window.json
              sluice price history openai gpt-4o

            Exit codes: 0 done, 1 refused by the server or not found, 2 wrong command line, 3 server not reached.
            """,
        subcommands: [PriceList.self, PriceImportCommand.self, PriceDiff.self, PriceHistory.self]
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
            try terminal.show(try AdminJSON.value(of: prices)) {
                let table = Table(of: prices)
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
            The file is LiteLLM's model_prices_and_context_window.json, models.dev's api.json or the folder it is made of
            (providers/ID/models/MODEL.toml, whole, or that of one provider), or an array as `price list --json` writes it.
            Of the others, entries are taken whose provider has the very id of one
            that is configured; --provider and --source say it where the names differ. A large file goes in several
            calls; after one that failed, import it again. Prices that are in force already change nothing; past usage
            keeps its price. What a card has no place for is counted by its name, and entries without a price are
            named with the reason. --dry-run and `price diff` say what would be done.
            """
    )

    @OptionGroup var file: PriceFileOptions

    @Flag(name: .customLong("dry-run"), help: "Say what would be done, and do nothing.")
    var isDryRun = false

    @OptionGroup var reason: ReasonOption
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let file = try command.file.read()
            let sum = try await command.file.send(file, to: client, isDryRun: command.isDryRun, command.reason.reason)
            try terminal.show(try AdminJSON.value(of: sum)) {
                PriceImportCommand.text(sum) + (command.isDryRun ? "\nNothing was written: this was a dry run." : "")
            }
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
            ] + dropped.map { name, count in ("dropped \(name)", "of \(count)") } + skipped(done)
        )
    }

    /// Every entry that was not taken, with the reason.
    private static func skipped(_ done: ImportedPricesView) -> [(String, String?)] {
        done.skipped.map { name in ("skipped \(name)", done.reasons?[name] ?? "no price") }
    }
}

struct PriceDiff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what an import would change.",
        discussion: "One line for each card that is new or has another price; nothing is written."
    )

    @OptionGroup var file: PriceFileOptions
    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let file = try command.file.read()
            let sum = try await command.file.send(file, to: client, isDryRun: true, nil)
            let changes = sum.changes ?? []
            try terminal.show(try AdminJSON.value(of: changes)) {
                var table = Table(.text("provider"), .text("model"), .text("rate"), .number("now"), .number("then"))
                for change in changes {
                    for line in change.lines {
                        table.add(change.price.provider, change.price.model, line.name, line.before, line.after)
                    }
                }
                return table.text(nothing: "The prices in force are those of the file.")
            }
        }
    }
}

struct PriceHistory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "List every card of a model that was, is or will be in force."
    )

    @Argument(help: "The provider's id.")
    var provider: String

    @Argument(help: "Its name for the model.")
    var model: String

    @OptionGroup var connection: Connection

    mutating func run() async throws {
        let command = self
        try await connection.run { client, terminal in
            let answer = try await client.call(
                "GET",
                ["prices", "history"],
                query: [("provider", command.provider), ("model", command.model)]
            )
            let cards = try AdminClient.shape([KeptPriceView].self, of: answer, from: client.base)
            try terminal.show(answer) { Table(of: cards).text(nothing: "There never was a price.") }
        }
    }
}

extension PriceDifferenceView {
    /// What is new, rate by rate.
    fileprivate var lines: [(name: String, before: String?, after: String?)] {
        PriceView.fields.compactMap { field in
            guard !["provider", "model", "effective_from", "owner"].contains(field.name) else { return nil }
            let (old, new) = (before.flatMap(field.text), field.text(price))
            return old == new ? nil : (field.name, old, new)
        }
    }
}

/// A file of prices, and whom it is for.
struct PriceFileOptions: ParsableArguments {
    @Argument(help: "A file, models.dev's folder, or - for standard input.")
    var file: String

    @Option(help: "Take entries for this provider alone.")
    var provider: String?

    @Option(help: "The file's name for that provider, where it is not its id.")
    var source: String?

    /// Brings the file's parts to the server, one call each, and adds up what they did.
    func send(
        _ file: (json: JSONValue, unread: [String: String]),
        to client: AdminClient,
        isDryRun: Bool,
        _ reason: String?
    ) async throws -> ImportedPricesView {
        let ids = try await client.all(ProviderView.self, ["providers"]).map(\.provider)
        let sources = (source ?? provider).map { Set([$0]) } ?? Set(ids)
        guard let parts = PriceFileParts(file.json, for: sources) else {
            throw CommandFailure.usage("\(self.file) is \(file.json.kindName), no file of prices.")
        }
        guard !parts.parts.isEmpty else { throw nothing(parts, ids) }
        var done: ImportedPricesView?
        for part in parts.parts {
            let body = body(part, parts.form, isDryRun, reason)
            let answer = try await client.call("POST", ["prices", "import"], body: body)
            let next = try AdminClient.shape(ImportedPricesView.self, of: answer, from: client.base)
            done = done?.adding(next) ?? next
        }
        guard var done else { throw nothing(parts, ids) }
        done.foreign += parts.foreign
        done.skipped += parts.twice
        let unread = file.unread.filter { sources.contains(String($0.key.prefix { $0 != "/" })) }
        done.skipped += unread.keys.sorted()
        done.reasons = (done.reasons ?? [:]).merging(unread) { first, _ in first }
        done.reasons = (done.reasons ?? [:]).merging(parts.twice.map { ($0, "stands there twice") }) { first, _ in first
        }
        return done
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

    /// The file, or the folder as the file that is made of it, and what of that could not be read.
    func read() throws(CommandFailure) -> (json: JSONValue, unread: [String: String]) {
        guard file != "-", PriceFolder.isFolder(file) else { return (try json(), [:]) }
        let folder = try PriceFolder(file)
        return (.object(folder.providers), folder.unread)
    }

    private func json() throws(CommandFailure) -> JSONValue {
        let text = file == "-" ? TextInput.standardInput() : try TextInput.file(file)
        do throws(JSONError) {
            return try JSONValue(parsing: text, limits: JSONLimits(depth: 64, members: 1_000_000))
        } catch {
            throw .usage("\(file) is not JSON: \(error)")
        }
    }

    private func body(
        _ part: JSONValue,
        _ form: PriceFileParts.Form,
        _ isDryRun: Bool,
        _ reason: String?
    ) -> JSONValue {
        var body = JSONObject()
        body[form.rawValue] = part
        if form != .cards, let provider { body["provider"] = .string(provider) }
        if form != .cards, let source { body["source"] = .string(source) }
        if isDryRun { body["dry_run"] = .bool(true) }
        if let reason { body["reason"] = .string(reason) }
        return .object(body)
    }
}

extension ImportedPricesView {
    /// What this part of an import and another one did together.
    fileprivate func adding(_ other: ImportedPricesView) -> ImportedPricesView {
        var sum = ImportedPricesView(
            written: written + other.written,
            unchanged: unchanged + other.unchanged,
            models: models + other.models,
            ownedByFile: ownedByFile + other.ownedByFile,
            skipped: skipped + other.skipped,
            foreign: foreign + other.foreign,
            dropped: (dropped ?? [:]).merging(other.dropped ?? [:], uniquingKeysWith: +)
        )
        sum.reasons = (reasons ?? [:]).merging(other.reasons ?? [:]) { first, _ in first }
        sum.changes = (changes ?? []) + (other.changes ?? [])
        return sum
    }
}
