// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceCore
import Testing

@testable import sluice

@Suite("Reports of usage")
struct UsageReportTests {
    /// Rows of three days, two keys, two models; the last one was corrected.
    private static func usage(currency: String? = nil) -> UsageView {
        var random = SplitMix64(seed: 11)
        var rows: [UsageRowView] = []
        for day in ["2026-11-01", "2026-11-02", "2026-11-30"] {
            for key in ["k1", "k2"] {
                for model in ["gpt-4o", "=cmd|x, \"y\""] {
                    var row = UsageRowView(
                        requests: 3,
                        attempts: 4,
                        failedAttempts: 1,
                        callerGoneAttempts: 0,
                        inputTokens: Int64(random.next() % 1_000_000),
                        cachedInputTokens: 10,
                        cacheWriteTokens: 0,
                        outputTokens: Int64(random.next() % 1_000_000),
                        reasoningTokens: 5,
                        costNanoUSD: Int64(random.next() % 1_000_000_000_000),
                        costState: "known"
                    )
                    (row.day, row.key, row.keyName, row.team) = (day, key, "name of \(key)", "search")
                    (row.route, row.version, row.provider, row.model) = ("chat", "v1", "main", model)
                    row.cost = currency.map { _ in NanoUSD(Int64(random.next() % 1_000_000_000)).description }
                    rows.append(row)
                }
            }
        }
        rows[rows.count - 1].correctionNanoUSD = -1_234
        rows[rows.count - 1].correctedAttempts = 1
        let grouping = FocusExport.grouping.split(separator: ",").map { String($0) }
        var view = UsageView(from: nil, until: nil, groupBy: grouping, groups: rows, total: rows[0])
        view.currency = currency
        return view
    }

    /// Reads RFC 4180.
    private static func records(_ csv: String) -> [[String]] {
        var records: [[String]] = [[]]
        var cell = ""
        var isQuoted = false
        var scalars = Array(csv.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            switch (scalar, isQuoted) {
            case ("\"", true):
                if scalars.first == "\"" { cell.unicodeScalars.append(scalars.removeFirst()) } else { isQuoted = false }
            case ("\"", false): isQuoted = true
            case (",", false):
                records[records.count - 1].append(cell)
                cell = ""
            case ("\n", false):
                records[records.count - 1].append(cell)
                cell = ""
                records.append([])
            case ("\r", false): break
            default: cell.unicodeScalars.append(scalar)
            }
        }
        return records.dropLast()
    }

    /// What FOCUS 1.2 says of the columns that are written: whether they may be empty, and their form.
    private static let rules: [String: (isNullable: Bool, form: Form)] = [
        "BilledCost": (false, .decimal), "ContractedCost": (false, .decimal), "EffectiveCost": (false, .decimal),
        "ListCost": (false, .decimal), "BillingAccountId": (false, .text), "BillingAccountName": (true, .text),
        "BillingCurrency": (false, .currency), "BillingPeriodStart": (false, .moment),
        "BillingPeriodEnd": (false, .moment),
        "ChargeCategory": (false, .oneOf(["Usage", "Purchase", "Tax", "Credit", "Adjustment"])),
        "ChargeClass": (true, .oneOf(["Correction"])), "ChargeDescription": (true, .text),
        "ChargeFrequency": (false, .oneOf(["One-Time", "Recurring", "Usage-Based"])),
        "ChargePeriodStart": (false, .moment), "ChargePeriodEnd": (false, .moment),
        "ConsumedQuantity": (true, .decimal),
        "ConsumedUnit": (true, .text), "InvoiceIssuerName": (false, .text), "PricingQuantity": (true, .decimal),
        "PricingUnit": (true, .text), "ProviderName": (false, .text), "PublisherName": (false, .text),
        "ResourceId": (true, .text), "ResourceName": (true, .text), "ResourceType": (true, .text),
        "ServiceCategory": (false, .oneOf(["AI and Machine Learning"])), "ServiceName": (false, .text),
        "ServiceSubcategory": (false, .text), "SkuId": (true, .text), "SkuPriceId": (true, .text),
        "SubAccountId": (true, .text), "SubAccountName": (true, .text), "Tags": (true, .object),
    ]

    private enum Form { case text, decimal, moment, currency, object, oneOf([String]) }

    private static func isValid(_ cell: String, _ rule: (isNullable: Bool, form: Form)) -> Bool {
        if cell.isEmpty { return rule.isNullable }
        switch rule.form {
        case .text: return true
        case .decimal: return ExactRate.scaled(cell.hasPrefix("-") ? String(cell.dropFirst()) : cell, by: 9) != nil
        case .moment: return cell.utf8.count == 20 && cell.hasSuffix("Z") && Timestamp(cell) != nil
        case .currency: return CurrencyRate.isCode(cell)
        case .object: if case .object? = try? JSONValue(parsing: cell) { return true } else { return false }
        case .oneOf(let words): return words.contains(cell)
        }
    }

    @Test("the FOCUS export has every mandatory column, each cell in its form, and adds up", arguments: [nil, "CNY"])
    func focus(currency: String?) throws {
        let usage = Self.usage(currency: currency)
        let records = Self.records(FocusExport.csv(usage))
        let head = try #require(records.first)
        #expect(head == FocusExport.columns)
        #expect(Set(head) == Set(Self.rules.keys))
        for record in records.dropFirst() {
            #expect(record.count == head.count)
            for (name, cell) in zip(head, record) {
                let rule = try #require(Self.rules[name])
                #expect(Self.isValid(cell, rule), "\(name): \(cell)")
            }
        }
        let cost = try #require(head.firstIndex(of: "BilledCost"))
        let sum = records.dropFirst().reduce(Int64(0)) { sum, record in
            let text = record[cost]
            let amount = ExactRate.scaled(text.hasPrefix("-") ? String(text.dropFirst()) : text, by: 9) ?? 0
            return sum + (text.hasPrefix("-") ? -amount : amount)
        }
        let expected = usage.groups.reduce(Int64(0)) { sum, row in
            sum + (currency == nil ? row.costNanoUSD : ExactRate.scaled(row.cost ?? "", by: 9) ?? 0)
        }
        #expect(sum == expected)
        let classes = try #require(head.firstIndex(of: "ChargeClass"))
        #expect(records.filter { $0[classes] == "Correction" }.count == (currency == nil ? 1 : 0))
    }

    @Test("CSV has a row for each group, and no cell that a spreadsheet would run")
    func csv() {
        let records = Self.records(UsageCSV.text(Self.usage()))
        #expect(records.count == 13)
        #expect(Set(records.map(\.count)).count == 1)
        #expect(!records.joined().contains { $0.hasPrefix("=") })
        #expect(records[2].contains("'=cmd|x, \"y\""))
    }

    @Test("an invoice adds up to its total, and holds no mark-up of others")
    func invoice() {
        var rows = Self.usage().groups
        rows[0].model = "<script>alert(1)</script>"
        let invoice = Invoice(team: "a & b", month: "2026-11", currency: nil, rows: rows)
        #expect(invoice.total == rows.reduce(0) { $0 + $1.costNanoUSD })
        #expect(invoice.html.contains("<td>\(NanoUSD(invoice.total))</td></tr></tfoot>"))
        #expect(!invoice.html.contains("<script>"))
        #expect(invoice.html.contains("a &amp; b"))
        #expect(!invoice.html.contains("http"))
        let other = Invoice(team: "t", month: "2026-11", currency: "CNY", rows: Self.usage(currency: "CNY").groups)
        #expect(other.html.contains("Amounts in CNY"))
    }

    @Test("a period knows the one before it")
    func before() throws {
        let now = try #require(Timestamp("2026-11-30T12:00:00Z"))
        let march = try #require(UsagePeriod(month: "2028-03"))
        #expect(march.before(now: now) == UsagePeriod(month: "2028-02"))
        #expect(UsagePeriod(month: "2026-01")?.before(now: now) == UsagePeriod(month: "2025-12"))
        let week = UsagePeriod(from: Timestamp("2026-11-08"), until: Timestamp("2026-11-15"))
        #expect(week.before(now: now) == UsagePeriod(from: Timestamp("2026-11-01"), until: Timestamp("2026-11-08")))
        #expect(UsagePeriod(from: nil, until: nil).before(now: now) == nil)
        #expect(UsagePeriod(from: now, until: now).before(now: now) == nil)
        for text in ["2026-13", "2026-1", "26-01", "x", "2026-11-01", ""] { #expect(UsagePeriod(month: text) == nil) }
    }

    @Test("the month that is now is forecast at its pace, exactly; others are not")
    func forecast() throws {
        let month = try #require(UsagePeriod(month: "2026-11"))
        let now = try #require(Timestamp("2026-11-11T00:00:00Z"))
        let forecast = month.forecast(of: NanoUSD(1_000_000_001), now: now)
        #expect(forecast?.cost == NanoUSD(3_000_000_003))
        #expect(forecast?.until == Timestamp("2026-12-01"))
        #expect(month.forecast(of: NanoUSD(1), now: try #require(Timestamp("2026-11-01T23:00:00Z"))) == nil)
        #expect(UsagePeriod(month: "2026-10")?.forecast(of: NanoUSD(1), now: now) == nil)
        #expect(UsagePeriod(from: now, until: nil).forecast(of: NanoUSD(1), now: now) == nil)
    }

    @Test("what stands below the table explains the bill")
    func story() {
        var usage = Self.usage()
        usage.total.parts = ["web_search": 2, "per_input_second": 7.5]
        usage.total.providerCostNanoUSD = 5
        usage.total.comparedCostNanoUSD = 6
        var before = usage
        before.from = "2026-10-01T00:00:00.000Z"
        before.until = "2026-11-01T00:00:00.000Z"
        before.total.costNanoUSD = usage.total.costNanoUSD / 2
        let lines = UsageStory(usage: usage, before: before, forecast: nil).lines
        #expect(lines.contains("Billed apart: per_input_second 7.5, web_search 2."))
        #expect(lines.contains { $0.hasPrefix("Before (2026-10-01 until 2026-11-01): $") && $0.hasSuffix("+100.0 %.") })
        #expect(lines.contains("Providers' own word: $0.000000005, where the price cards say $0.000000006."))
        #expect(lines.contains { $0.hasPrefix("Cached: ") })
    }
}
