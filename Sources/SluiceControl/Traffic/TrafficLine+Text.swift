// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// The two spellings of a line; both name the same fields in the same order.
extension TrafficLine {
    /// Name and value; what is not known is absent.
    private var fields: [(name: String, value: JSONValue?)] {
        [
            ("timestamp", .string(at.description)),
            ("request_id", .string(request.description)),
            ("endpoint", .string(endpoint.text)),
            ("stream", .bool(isStream)),
            ("key", key.map { .string($0.rawValue) }),
            ("route", route.map { .string($0.rawValue) }),
            ("version", version.map { .string($0.rawValue) }),
            ("provider", provider.map { .string($0.rawValue) }),
            ("model", model.map { .string($0) }),
            ("bucket", bucket.map { .integer(String($0)) }),
            ("unit_source", unitSource.map { .string($0) }),
            ("status", .integer(String(status))),
            ("ending", .string(ending.rawValue)),
            ("error_class", errorClass.map { .string($0.rawValue) }),
            ("attempt", .integer(String(attempt))),
            ("purpose", purpose.map { .string($0.rawValue) }),
            ("upstream_status", upstreamStatus.map { .integer(String($0)) }),
            ("latency_ms", .double(TrafficLine.milliseconds(duration))),
            ("upstream_ms", upstreamDuration.map { .double(TrafficLine.milliseconds($0)) }),
            ("ttft_ms", firstToken.map { .double(TrafficLine.milliseconds($0)) }),
            ("input_tokens", tokens.map { .integer(String($0.input)) }),
            ("cached_input_tokens", tokens.map { .integer(String($0.cachedInput)) }),
            ("cache_write_tokens", tokens.map { .integer(String($0.cacheWrite)) }),
            ("output_tokens", tokens.map { .integer(String($0.output)) }),
            ("reasoning_tokens", tokens.map { .integer(String($0.reasoning)) }),
            ("cost_state", cost.map { .string($0.state.rawValue) }),
            ("cost_nano_usd", cost?.amount.map { .integer(String($0.rawValue)) }),
            ("cost_usd", cost?.amount.map { .string($0.description) }),
            ("service_tier", servedAs.isEmpty ? nil : .string(servedAs.joined(separator: " "))),
            ("parts", parts.isEmpty ? nil : .string(partsText)),
            ("priced_as", pricedAs.map { .string($0) }),
            ("provider_cost_usd", providerCost.map { .string($0.description) }),
            ("correction_nano_usd", correction.map { .integer(String($0.rawValue)) }),
        ]
    }

    /// `input_audio=900 web_search=2`; time in seconds.
    private var partsText: String {
        parts.entries.map { entry in
            guard entry.part.unit == .millisecond else { return "\(entry.part.name)=\(entry.number)" }
            return "\(entry.part.name)=\(Double(entry.number) / 1_000)"
        }.joined(separator: " ")
    }

    /// One JSON object without a line end; what is not known is absent.
    package var json: String {
        var text = ""
        for case (let name, let value?) in fields {
            text += "\(text.isEmpty ? "{" : ",")\"\(name)\":\(value.jsonText)"
        }
        return text + "}"
    }

    /// One row of RFC 4180 without a line end; what is not known is empty.
    package var csv: String {
        fields.map { field in
            switch field.value {
            case .string(let text)?: TrafficLine.quoted(text)
            case .integer(let digits)?: digits
            case .double(let value)?: "\(value)"
            case .bool(let value)?: "\(value)"
            case .null?, .array?, .object?, nil: ""
            }
        }.joined(separator: ",")
    }

    /// The names of the columns, in their order.
    package static let csvHeader =
        "timestamp,request_id,endpoint,stream,key,route,version,provider,model,bucket,unit_source,status,ending,"
        + "error_class,attempt,purpose,upstream_status,latency_ms,upstream_ms,ttft_ms,input_tokens,cached_input_tokens,"
        + "cache_write_tokens,output_tokens,reasoning_tokens,cost_state,cost_nano_usd,cost_usd,"
        + "service_tier,parts,priced_as,provider_cost_usd,correction_nano_usd"

    /// Milliseconds with three decimals.
    private static func milliseconds(_ nanoseconds: Int64) -> Double {
        Double(nanoseconds / 1_000) / 1_000
    }

    /// Quoted where RFC 4180 asks for it; a text that a spreadsheet would run as a formula gets an apostrophe before it.
    private static func quoted(_ text: String) -> String {
        let safe = text.first.map { "=+-@\t\r".contains($0) } == true ? "'" + text : text
        guard
            safe.utf8.contains(where: {
                $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\n")
                    || $0 == UInt8(ascii: "\r")
            })
        else { return safe }
        return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
