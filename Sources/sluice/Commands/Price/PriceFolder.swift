// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import SluiceCore

/// The folder in which models.dev is written: `providers/ID/models/MODEL.toml`, as the object that its `api.json` is.
struct PriceFolder {
    /// Providers with their models, of each its `cost` and `limit`.
    private(set) var providers = JSONObject()
    /// Why a model could not be read, by `provider/model`.
    private(set) var unread: [String: String] = [:]

    private let root: String
    /// A model takes over what another says; that one may itself take over from one more.
    private static let deepest = 4
    private static let largest = 1 << 20

    /// - Parameter path: The folder itself, its folder `providers`, or that of one provider.
    init(_ path: String) throws(CommandFailure) {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if PriceFolder.isFolder("\(path)/providers") {
            root = path
        } else if PriceFolder.isFolder("\(path)/models"),
            FileManager.default.fileExists(atPath: "\(path)/provider.toml")
        {
            root = parts.count > 2 ? parts.dropLast(2).joined(separator: "/") : "\(path)/../.."
            try take(parts.last ?? "", at: path)
            return
        } else {
            root = "\(path)/.."
        }
        let folder = PriceFolder.isFolder("\(path)/providers") ? "\(path)/providers" : path
        for provider in PriceFolder.names(in: folder) where PriceFolder.isFolder("\(folder)/\(provider)/models") {
            try take(provider, at: "\(folder)/\(provider)")
        }
        guard !providers.isEmpty else {
            throw .usage(
                "\(path) is no folder of prices.",
                hint: "It must be models.dev's, with providers/ID/models/MODEL.toml in it, or a file."
            )
        }
    }

    static func isFolder(_ path: String) -> Bool {
        var isFolder: Bool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
    }

    private static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }

    private mutating func take(_ provider: String, at folder: String) throws(CommandFailure) {
        var models = JSONObject()
        for model in PriceFolder.models(below: "\(folder)/models") {
            do throws(Unread) {
                models[model] = .object(try read("\(folder)/models/\(model).toml", depth: 0))
            } catch {
                unread["\(provider)/\(model)"] = error.text
            }
        }
        providers[provider] = .object(["models": .object(models)])
    }

    /// Names of models have slashes in them, and so stand in folders.
    private static func models(below folder: String, depth: Int = 0) -> [String] {
        guard depth < deepest else { return [] }
        return names(in: folder).flatMap { name -> [String] in
            if name.hasSuffix(".toml") { return [String(name.dropLast(5))] }
            guard isFolder("\(folder)/\(name)") else { return [] }
            return models(below: "\(folder)/\(name)", depth: depth + 1).map { "\(name)/\($0)" }
        }
    }

    private struct Unread: Error {
        var text: String
    }

    private func read(_ path: String, depth: Int) throws(Unread) -> JSONObject {
        guard depth < PriceFolder.deepest else { throw Unread(text: "models take over from each other in a circle") }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Unread(text: "\(path) cannot be read")
        }
        guard data.count <= PriceFolder.largest else { throw Unread(text: "\(path) is too large") }
        let file: JSONObject
        do throws(TOMLReader.Fault) {
            file = try TOMLReader.read(Array(data))
        } catch {
            throw Unread(text: "\(error)")
        }
        var known = JSONObject()
        // What is said of a model at all providers alike, which is no price.
        if case .string(let base)? = file["base_model"] {
            let path = "\(root)/models/\(try PriceFolder.safe(base)).toml"
            if FileManager.default.fileExists(atPath: path) {
                known["limit"] = try read(path, depth: depth + 1)["limit"]
            }
        }
        // Another provider's model that this one is like.
        if case .object(let extends)? = file["extends"], case .string(let from)? = extends["from"] {
            let parts = try PriceFolder.safe(from).split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw Unread(text: "it extends '\(from.prefix(80))', which is no model") }
            let other = try read("\(root)/providers/\(parts[0])/models/\(parts[1]).toml", depth: depth + 1)
            var omitted: [JSONValue] = []
            if case .array(let names)? = extends["omit"] { omitted = names }
            for name in ["cost", "limit"] where !omitted.contains(.string(name)) { known[name] = other[name] }
        }
        for name in ["cost", "limit"] { known[name] = PriceFolder.merged(known[name], file[name]) }
        return known
    }

    /// A name that leads to no other folder.
    private static func safe(_ name: String) throws(Unread) -> String {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw Unread(text: "'\(name.prefix(80))' is no name of a model")
        }
        return name
    }

    private static func merged(_ first: JSONValue?, _ second: JSONValue?) -> JSONValue? {
        guard case .object(var object)? = first, case .object(let over)? = second else { return second ?? first }
        for member in over.members { object[member.name] = member.value }
        return .object(object)
    }
}
