// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore

/// A bill in the form of FOCUS 1.2, the FinOps Open Cost and Usage Specification: one row for each day, key, route,
/// version and model, and one for what was corrected of it.
enum FocusExport {
    /// What the rows are grouped by.
    static let grouping = "day,key,route,version,provider,model"

    static let columns = [
        "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd",
        "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency",
        "ChargePeriodEnd", "ChargePeriodStart", "ConsumedQuantity", "ConsumedUnit", "ContractedCost", "EffectiveCost",
        "InvoiceIssuerName", "ListCost", "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName",
        "ResourceId", "ResourceName", "ResourceType", "ServiceCategory", "ServiceName", "ServiceSubcategory", "SkuId",
        "SkuPriceId", "SubAccountId", "SubAccountName", "Tags",
    ]

    static func csv(_ usage: UsageView) -> String {
        var text = columns.joined(separator: ",") + "\r\n"
        for row in usage.groups {
            let correction = usage.currency == nil ? row.correctionNanoUSD ?? 0 : 0
            let cost = usage.currency == nil ? NanoUSD(row.costNanoUSD - correction).description : row.cost ?? ""
            text += line(row, cost: cost, currency: usage.currency ?? "USD", isCorrection: false)
            guard correction != 0 else { continue }
            text += line(row, cost: NanoUSD(correction).description, currency: "USD", isCorrection: true)
        }
        return text
    }

    private static func line(_ row: UsageRowView, cost: String, currency: String, isCorrection: Bool) -> String {
        let values = values(row, cost: cost, currency: currency, isCorrection: isCorrection)
        return columns.map { CSVText.quoted(values[$0] ?? "") }.joined(separator: ",") + "\r\n"
    }

    private static func values(
        _ row: UsageRowView,
        cost: String,
        currency: String,
        isCorrection: Bool
    ) -> [String: String] {
        let day = row.day.flatMap { Timestamp($0) } ?? Timestamp(nanoseconds: 0)
        let month = UsagePeriod.month(at: day)
        let (tokens, overflow) = row.inputTokens.addingReportingOverflow(row.outputTokens)
        let quantity = isCorrection ? "0" : "\(overflow ? .max : tokens)"
        let model = "\(row.provider ?? "")/\(row.model ?? "")"
        var tags = JSONObject()
        for (name, value) in [("route", row.route), ("version", row.version), ("key", row.keyName ?? row.key)] {
            if let value { tags[name] = .string(value) }
        }
        return [
            "BilledCost": cost, "ContractedCost": cost, "EffectiveCost": cost, "ListCost": cost,
            "BillingAccountId": "sluice", "BillingAccountName": "Sluice", "BillingCurrency": currency,
            "BillingPeriodStart": moment(month?.from), "BillingPeriodEnd": moment(month?.until),
            "ChargeCategory": "Usage", "ChargeClass": isCorrection ? "Correction" : "",
            "ChargeDescription": isCorrection ? "Correction of \(model)" : "Tokens of \(model)",
            "ChargeFrequency": "Usage-Based", "ChargePeriodStart": moment(day),
            "ChargePeriodEnd": moment(day.advanced(bySeconds: 86_400)), "ConsumedQuantity": quantity,
            "ConsumedUnit": "Tokens", "InvoiceIssuerName": row.provider ?? "", "PricingQuantity": quantity,
            "PricingUnit": "Tokens", "ProviderName": row.provider ?? "", "PublisherName": row.provider ?? "",
            "ResourceId": row.version ?? "", "ResourceName": row.version ?? "", "ResourceType": "Version",
            "ServiceCategory": "AI and Machine Learning", "ServiceName": row.route ?? "none",
            "ServiceSubcategory": "Generative AI", "SkuId": model, "SkuPriceId": model,
            "SubAccountId": row.team ?? row.key ?? "", "SubAccountName": row.team ?? row.keyName ?? "",
            "Tags": JSONValue.object(tags).jsonText,
        ]
    }

    /// Without fractions of a second, as FOCUS has it.
    private static func moment(_ moment: Timestamp?) -> String {
        moment.map { "\($0.description.prefix(19))Z" } ?? ""
    }
}

/// Cells of RFC 4180.
enum CSVText {
    /// Quoted where it must be; a text that a spreadsheet would run as a formula gets an apostrophe before it.
    static func quoted(_ text: String) -> String {
        let isNumber = text.utf8.allSatisfy { $0.isASCIIDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
        let isFormula = !isNumber && text.first.map { "=+-@\t\r".contains($0) } == true
        let safe = isFormula ? "'" + text : text
        guard safe.contains(where: { "\",\n\r".contains($0) }) else { return safe }
        return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
