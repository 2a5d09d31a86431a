// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceQuality

/// What came of one case.
struct ValidateResult: Sendable {
    var id: String
    /// Why it does not pass, of each time it was asked; no reasons of one that passes.
    var faults: [[String]] = []
    /// One of the two could not be reached.
    var isError = false
    var comparison: Comparison?
    var first = ComparedAnswer(status: nil)
    var second = ComparedAnswer(status: nil)
    var isContentMatch = false

    /// More than half of the times.
    var passes: Bool { !isError && faults.count { $0.isEmpty } * 2 > faults.count }

    var word: String { isError ? "error" : passes ? "pass" : "fail" }

    /// Why not, the first time that it did not.
    var reasons: [String] { passes ? [] : faults.first { !$0.isEmpty } ?? [] }

    var json: JSONValue {
        var object: JSONObject = ["id": .string(id), "result": .string(word)]
        object["passed"] = .integer("\(faults.count { $0.isEmpty })")
        object["of"] = .integer("\(faults.count)")
        object["content_match"] = comparison.map { _ in .bool(isContentMatch) } ?? .null
        object["finish_reason_match"] = comparison.map { ValidateResult.match($0.finish) } ?? .null
        object["tokens_match"] = comparison?.tokenRatio.map { .bool((0.8...1.25).contains($0)) } ?? .null
        object["model_match"] =
            comparison.map { $0.model == .unknown ? .null : .bool($0.model != .differs) } ?? .null
        object["tools_match"] = comparison.map { .bool($0.toolCalls.isSame) } ?? .null
        object["similarity"] = comparison?.similarity.map { .double($0.ratio) } ?? .null
        object["similarity_unit"] = comparison?.similarity.map { .string($0.unit.rawValue) } ?? .null
        object["similarity_difflib"] = comparison?.similarityDifflib.map { .double($0) } ?? .null
        object["text"] = comparison.map { .string($0.text.rawValue) } ?? .null
        object["json"] =
            comparison.map { .array([.string($0.json.first.rawValue), .string($0.json.second.rawValue)]) } ?? .null
        object["json_match"] = comparison?.json.isSame.map { .bool($0) } ?? .null
        object["finish_reason"] = ValidateResult.pair(first.finishReason, second.finishReason) { .string($0) }
        object["model"] = ValidateResult.pair(first.model, second.model) { .string($0) }
        object["output_tokens"] = ValidateResult.pair(first.outputTokens, second.outputTokens) { .integer("\($0)") }
        object["milliseconds"] = ValidateResult.pair(first.duration, second.duration) { .integer("\($0 / 1_000_000)") }
        object["reasons"] = .array(reasons.map { .string($0) })
        return .object(object)
    }

    private static func match(_ match: Comparison.Match) -> JSONValue {
        match == .unknown ? .null : .bool(match == .equal)
    }

    private static func pair<Value>(_ first: Value?, _ second: Value?, _ json: (Value) -> JSONValue) -> JSONValue {
        .array([first.map(json) ?? .null, second.map(json) ?? .null])
    }
}

/// What came of all.
struct ValidateReport {
    var from: String
    var to: String
    var results: [ValidateResult]
    /// The share that must pass; where none is asked for every case must.
    var failUnder: Double?

    var passed: Int { results.count { $0.passes } }
    var rate: Double { Double(passed) / Double(max(1, results.count)) }
    var share: PassShare { PassShare(passed: passed, of: results.count, limit: failUnder ?? 1) }

    /// 0 passed, 1 failed, 2 undecided, 3 not reached.
    var exit: Int32 {
        if results.allSatisfy({ $0.isError }) { return 3 }
        return switch share {
        case .above: 0
        case .below: 1
        case .undecided: 2
        }
    }

    var json: JSONValue {
        .object([
            "from": .string(from), "to": .string(to), "pass_rate": .double(rate),
            "decided": .bool(share != .undecided),
            "verdict": share == .undecided ? "undecided" : share == .above ? "passed" : "failed",
            "passed": .integer("\(passed)"), "cases_total": .integer("\(results.count)"),
            "cases": .array(results.map(\.json)),
        ])
    }

    var text: String {
        var lines = results.map { result in
            let figure =
                result.comparison?.similarity.map {
                    "  similarity \(Figures.number(($0.ratio * 1_000).rounded() / 1_000))"
                } ?? ""
            let why = result.reasons.isEmpty ? "" : "  \(result.reasons.joined(separator: "; "))"
            return Terminal.clean("\(result.word.uppercased())  \(result.id)\(figure)\(why)")
        }
        lines.append("")
        lines.append("\(passed) of \(results.count) pass (\(Figures.percent(rate))): \(to) beside \(from).")
        if let failUnder {
            let limit = Figures.percent(failUnder)
            switch share {
            case .above: lines.append("Passed: the share is above \(limit), at 95 % confidence.")
            case .below: lines.append("Failed: the share is below \(limit), at 95 % confidence.")
            case .undecided:
                lines.append(
                    "Not decided: \(results.count) cases are too few to tell whether the share is above \(limit)."
                )
            }
        }
        return lines.joined(separator: "\n")
    }

    /// As CI systems read it.
    var junit: String {
        let failures = results.count { !$0.passes && !$0.isError }
        let errors = results.count { $0.isError }
        let seconds = results.reduce(0) { $0 + Double(($1.first.duration ?? 0) + ($1.second.duration ?? 0)) / 1e9 }
        let head =
            "tests=\"\(results.count)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"0\" time=\"\(ValidateReport.fixed(seconds))\""
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#, "<testsuites \(head)>",
            "<testsuite name=\"\(ValidateReport.escaped("\(from) and \(to)"))\" \(head)>",
        ]
        for result in results {
            let time = Double((result.first.duration ?? 0) + (result.second.duration ?? 0)) / 1e9
            let open =
                "<testcase classname=\"sluice.validate\" name=\"\(ValidateReport.escaped(result.id))\" time=\"\(ValidateReport.fixed(time))\""
            guard !result.passes else {
                lines.append("\(open)/>")
                continue
            }
            let tag = result.isError ? "error" : "failure"
            let message = ValidateReport.escaped(result.reasons.joined(separator: "; "))
            lines.append(
                "\(open)><\(tag) message=\"\(message)\" type=\"\(result.word)\">\(message)</\(tag)></testcase>"
            )
        }
        return (lines + ["</testsuite>", "</testsuites>", ""]).joined(separator: "\n")
    }

    /// With both answers side by side.
    var html: String {
        let rows = results.map { result in
            """
            <tr class="\(result.word)"><td>\(ValidateReport.escaped(result.id))</td><td>\(result.word)</td>\
            <td><pre>\(ValidateReport.escaped(result.first.text))</pre></td>\
            <td><pre>\(ValidateReport.escaped(result.second.text))</pre></td>\
            <td>\(ValidateReport.escaped(result.reasons.joined(separator: "; ")))</td></tr>
            """
        }
        return """
            <!doctype html><html><head><meta charset="utf-8"><title>\(ValidateReport.escaped(to)) beside \(ValidateReport.escaped(from))</title>
            <style>body{font:14px sans-serif}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:4px;vertical-align:top}
            pre{white-space:pre-wrap;max-width:40em;margin:0}.fail td:nth-child(2),.error td:nth-child(2){background:#fcc}
            .pass td:nth-child(2){background:#cfc}</style></head><body>
            <h1>\(passed) of \(results.count) pass (\(Figures.percent(rate)))</h1>
            <table><tr><th>case</th><th>result</th><th>\(ValidateReport.escaped(from))</th><th>\(ValidateReport.escaped(to))</th><th>why not</th></tr>
            \(rows.joined(separator: "\n"))
            </table></body></html>

            """
    }

    /// Three decimals, with a dot.
    private static func fixed(_ seconds: Double) -> String { JudgeOutput.number(seconds, 3) }

    /// For XML 1.0 and HTML: what no document may hold is left out.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n": result.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}"..."\u{FFFF}": result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
