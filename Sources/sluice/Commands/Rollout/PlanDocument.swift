// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import SluiceAdminModel
import SluiceCore
import SluiceNode

/// What `--plan` names: a preset, or a file with a plan, which may also say whose plan it is.
struct PlanDocument {
    /// What the server checks as a plan: an object, or a preset's name.
    var plan: JSONValue
    var version: String?
    var route: String?
    var baseline: String?

    /// - Parameter word: a preset's name, a file, or `-` for standard input.
    static func read(_ word: String, environment: [String: String]) throws(CommandFailure) -> PlanDocument {
        let isName = word.allSatisfy { $0.isLetter }
        if isName, !FileManager.default.fileExists(atPath: word) { return PlanDocument(plan: .string(word)) }
        do throws(ConfigurationFileError) {
            guard word == "-" else { return try from(PlanFile.read(word, environment: environment)) }
            var text = ""
            while let line = readLine(strippingNewline: false) { text += line }
            return try from(PlanFile.read(text: text, file: "standard input", environment: environment))
        } catch {
            throw .usage("\(error)", hint: "A plan is a YAML or JSON file, or a preset: careful, steps, quick.")
        }
    }

    /// Takes what belongs to the rollout out of the plan's object; all may stand below `rollout:`.
    static func from(_ value: JSONValue) -> PlanDocument {
        var value = value
        if case .object(let object) = value, object.count == 1, let inner = object["rollout"] { value = inner }
        guard case .object(var object) = value else { return PlanDocument(plan: value) }
        var document = PlanDocument(plan: value)
        func take(_ names: String...) -> String? {
            var found: String?
            for name in names {
                guard let text = object[name]?.string else { continue }
                object[name] = nil
                found = found ?? text
            }
            return found
        }
        document.version = take("canary", "version")
        document.baseline = take("stable", "baseline")
        document.route = take("route")
        document.plan = .object(object)
        return document
    }

    /// The body of a rollout's creation; what the command line says goes before what the file says.
    func request(version: String?) throws(CommandFailure) -> RolloutRequestBody {
        guard let version = version ?? self.version else {
            throw .usage(
                "Which version is to be rolled out?",
                hint: "Name it on the command line, or as canary: in the plan's file."
            )
        }
        var body = RolloutRequestBody(versionID: version, plan: RawJSON(plan))
        body.route = route
        body.baseline = baseline
        return body
    }
}
