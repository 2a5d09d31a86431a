// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceCore

/// A stretch of time that a report is of: until now where it has no end.
struct UsagePeriod: Equatable {
    var from: Timestamp?
    var until: Timestamp?

    /// A month in UTC: `2026-11`; `nil` for other text.
    init?(month text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 4, parts[1].utf8.count == 2,
            let start = Timestamp("\(text)-01"), let year = Int64(parts[0]), let month = Int64(parts[1])
        else { return nil }
        from = start
        until = start.advanced(bySeconds: CivilDate.days(inMonth: month, of: year) * 86_400)
    }

    init(from: Timestamp?, until: Timestamp?) {
        self.from = from
        self.until = until
    }

    /// The stretch of the same length just before; of a month the one before.
    func before(now: Timestamp) -> UsagePeriod? {
        guard let from else { return nil }
        let date = CivilDate(daysSince1970: from.nanoseconds / 86_400_000_000_000)
        if let until, UsagePeriod.month(at: from) == UsagePeriod(from: from, until: until) {
            let month = date.month == 1 ? 12 : date.month - 1
            let days = CivilDate.days(inMonth: month, of: date.month == 1 ? date.year - 1 : date.year)
            return UsagePeriod(from: from.advanced(bySeconds: -days * 86_400), until: from)
        }
        let length = (until ?? now).duration(since: from)
        guard length > .zero else { return nil }
        return UsagePeriod(from: from.advanced(by: .zero - length), until: from)
    }

    /// The month that a moment lies in.
    static func month(at moment: Timestamp) -> UsagePeriod? { UsagePeriod(month: String(moment.description.prefix(7))) }

    /// What a month will cost at the pace so far; `nil` where the period is not the beginning of the month that is now, or
    /// less than a day of it.
    func forecast(of cost: NanoUSD, now: Timestamp) -> (cost: NanoUSD, until: Timestamp)? {
        guard let from, let month = UsagePeriod.month(at: now), month.from == from, let end = month.until,
            until == nil || until == end
        else { return nil }
        let passed = now.duration(since: from)
        guard passed >= .seconds(86_400) else { return nil }
        let (seconds, all) = (passed.components.seconds, end.duration(since: from).components.seconds)
        let product = Int128(cost.rawValue) * Int128(all)
        guard let whole = WideFraction(product, over: Int128(seconds))?.roundedHalfEven(),
            let amount = Int64(exactly: whole)
        else { return nil }
        return (NanoUSD(amount), end)
    }
}
