// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// What of a file of prices is for some providers, cut into parts that one call each can bring.
struct PriceFileParts {
    /// The member of a call's body that takes a part.
    enum Form: String {
        case cards = "prices"
        case litellm
        case modelsDev = "models_dev"
    }

    var form: Form
    var parts: [JSONValue] = []
    /// Entries for other providers, which are not sent.
    var foreign = 0
    /// Entries of a model that stands there once more, under its provider's name, which is the one that is sent.
    var twice: [String] = []

    /// Bytes of JSON that a part has at most, unless it is a single entry: a call may have 1 MiB.
    static let mostBytes = 500_000

    /// - Parameter sources: The names, in a file of others, of the providers whose entries are meant.
    init?(_ file: JSONValue, for sources: Set<String>, mostBytes: Int = PriceFileParts.mostBytes) {
        switch file {
        case .array(let cards):
            form = .cards
            parts = PriceFileParts.cut(cards, mostBytes) { $0.jsonText.utf8.count }.map { .array($0) }
        case .object(let models) where models.members.contains(where: { PriceFileParts.models(of: $0.value) != nil }):
            form = .modelsDev
            takeModelsDev(models, sources, mostBytes)
        case .object(let models):
            form = .litellm
            takeLiteLLM(models, sources, mostBytes)
        default: return nil
        }
    }

    private typealias Member = (name: String, value: JSONValue)

    /// Of an entry, what states prices alone.
    private mutating func takeLiteLLM(_ models: JSONObject, _ sources: Set<String>, _ mostBytes: Int) {
        var kept: [Member] = []
        for (name, value) in models.members where name != "sample_spec" {
            guard case .object(let entry) = value, let source = entry["litellm_provider"]?.string,
                sources.contains(source)
            else {
                foreign += 1
                continue
            }
            if models["\(source)/\(name)"] != nil {
                twice.append(name)
                continue
            }
            let members = entry.members.filter { member in
                member.name == "litellm_provider" || member.name == "mode" || member.name.contains("cost")
                    || member.name.contains("pricing") || member.name.contains("multiplier")
                    || member.name == "provider_specific_entry" || member.name.hasPrefix("max_")
            }
            kept.append((name: name, value: .object(JSONObject(members))))
        }
        parts = PriceFileParts.cut(kept, mostBytes, size: PriceFileParts.size).map { .object(JSONObject($0)) }
    }

    private mutating func takeModelsDev(_ providers: JSONObject, _ sources: Set<String>, _ mostBytes: Int) {
        for (source, value) in providers.members {
            guard let models = PriceFileParts.models(of: value) else { continue }
            guard sources.contains(source) else {
                foreign += models.count
                continue
            }
            let kept = models.members.map { member -> Member in
                guard case .object(let entry) = member.value else { return member }
                let members = entry.members.filter { $0.name == "cost" || $0.name == "limit" }
                return (name: member.name, value: .object(JSONObject(members)))
            }
            for part in PriceFileParts.cut(kept, mostBytes, size: PriceFileParts.size) {
                let models = JSONObject([(name: "models", value: .object(JSONObject(part)))])
                parts.append(.object(JSONObject([(name: source, value: .object(models))])))
            }
        }
    }

    private static func models(of provider: JSONValue) -> JSONObject? {
        guard case .object(let members) = provider, case .object(let models)? = members["models"] else { return nil }
        return models
    }

    private static func size(_ member: Member) -> Int { member.name.utf8.count + member.value.jsonText.utf8.count + 8 }

    /// Runs of elements of at most so many bytes together.
    private static func cut<Element>(_ all: [Element], _ mostBytes: Int, size: (Element) -> Int) -> [[Element]] {
        var runs: [[Element]] = []
        var bytes = 0
        for element in all {
            let count = size(element)
            if runs.isEmpty || bytes + count > mostBytes {
                runs.append([])
                bytes = 0
            }
            runs[runs.count - 1].append(element)
            bytes += count
        }
        return runs
    }
}
