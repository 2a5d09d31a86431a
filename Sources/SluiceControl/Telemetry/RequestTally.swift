// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTelemetry

/// Requests of the same labels, gathered until their series are told of all of them at once.
final class RequestTally {
    /// What makes labels differ.
    struct Key: Hashable {
        var route: RouteID?
        var version: VersionID?
        var errorClass: ErrorClass?
        var ending: Outcome.Ending

        init(_ outcome: Outcome) {
            route = outcome.route
            version = outcome.version
            errorClass = outcome.errorClass
            ending = outcome.ending
        }
    }

    private let key: Key
    private let requests: Counter
    private let duration: HistogramSeries
    private let overhead: HistogramSeries
    private let firstToken: HistogramSeries
    private var count = 0
    private var durations: HistogramTally
    private var overheads: HistogramTally
    private var firstTokens: HistogramTally

    init(
        _ outcome: Outcome,
        requests: Counter,
        duration: HistogramSeries,
        overhead: HistogramSeries,
        firstToken: HistogramSeries
    ) {
        key = Key(outcome)
        self.requests = requests
        self.duration = duration
        self.overhead = overhead
        self.firstToken = firstToken
        durations = duration.tally
        overheads = overhead.tally
        firstTokens = firstToken.tally
    }

    /// Whether one of some outcomes has the labels of this one.
    func isOf(_ outcomes: [Outcome], _ index: Int) -> Bool {
        outcomes[index].ending == key.ending && outcomes[index].errorClass == key.errorClass
            && outcomes[index].version?.rawValue == key.version?.rawValue
            && outcomes[index].route?.rawValue == key.route?.rawValue
    }

    func count(_ outcomes: [Outcome], _ index: Int) {
        count += 1
        guard key.ending != .interrupted else { return }
        durations.observe(seconds(outcomes[index].duration))
        overheads.observe(seconds(outcomes[index].overhead))
        if outcomes[index].isStream, let first = outcomes[index].firstToken { firstTokens.observe(seconds(first)) }
    }

    /// Tells the series what was gathered.
    func publish() {
        guard count > 0 else { return }
        requests.add(Double(count))
        count = 0
        duration.take(&durations)
        overhead.take(&overheads)
        firstToken.take(&firstTokens)
    }
}

/// Nanoseconds as a histogram counts them; never below none.
func seconds(_ nanoseconds: Int64) -> Double { Double(max(0, nanoseconds)) / 1_000_000_000 }
