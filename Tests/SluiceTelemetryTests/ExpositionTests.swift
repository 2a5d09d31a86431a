// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SluiceTelemetry

@Suite("Prometheus text")
struct ExpositionTests {
    @Test("a counter is written with help, type and its value")
    func counter() {
        let registry = MetricRegistry()
        registry.counter("calls_total", "Calls.").with().add(3)
        #expect(registry.text() == "# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total 3\n")
    }

    @Test("label values escape backslash, quote and line feed; help escapes no quote")
    func escaping() {
        let registry = MetricRegistry()
        registry.gauge("g", "a \"b\" \\ c\nd", labels: ["x"]).with("q\"\\\n").set(1.5)
        #expect(registry.text() == "# HELP g a \"b\" \\\\ c\\nd\n# TYPE g gauge\ng{x=\"q\\\"\\\\\\n\"} 1.5\n")
    }

    @Test("a histogram adds its buckets up, ends at +Inf and gives sum and count")
    func histogram() {
        let registry = MetricRegistry()
        let series = registry.histogram("d_seconds", "D.", labels: ["r"], bounds: [0.1, 1]).with("a")
        for value in [0.05, 0.1, 0.5, 7] { series.observe(value) }
        #expect(
            registry.text() == """
                # HELP d_seconds D.
                # TYPE d_seconds histogram
                d_seconds_bucket{r="a",le="0.1"} 2
                d_seconds_bucket{r="a",le="1"} 3
                d_seconds_bucket{r="a",le="+Inf"} 4
                d_seconds_sum{r="a"} 7.65
                d_seconds_count{r="a"} 4

                """
        )
    }

    @Test(
        "numbers are spelled as Prometheus reads them",
        arguments: [
            (0, "0"), (1, "1"), (-2, "-2"), (0.25, "0.25"), (1e-05, "1e-05"), (Double.infinity, "+Inf"),
            (-Double.infinity, "-Inf"), (Double.nan, "NaN"), (1e20, "1e+20"), (123_456_789, "123456789"),
        ]
    )
    func numbers(value: Double, text: String) {
        #expect(ExpositionText.number(value) == text)
    }

    @Test("a counter never falls and takes nothing undefined")
    func monotone() {
        let counter = MetricRegistry().counter("c_total", "C.").with()
        counter.add(2)
        counter.add(-1)
        counter.add(.nan)
        counter.add(.infinity)
        #expect(counter.state == .value(2))
    }

    @Test("families and series come in the order of their names")
    func order() {
        let registry = MetricRegistry()
        let family = registry.counter("b_total", "B.", labels: ["l"])
        family.with("z").add()
        family.with("a").add()
        registry.gauge("a", "A.", reading: { [MetricSample([], 5)] })
        let names = registry.text().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(names == ["a 5", "b_total{l=\"a\"} 1", "b_total{l=\"z\"} 1"])
    }

    @Test("the same labels give the same series")
    func sameSeries() {
        let family = MetricRegistry().counter("c_total", "C.", labels: ["l"])
        family.with("x").add()
        family.with("x").add()
        #expect(family.with("x").state == .value(2))
    }

    @Test("what may not name a metric or a label is told apart")
    func names() {
        #expect(MetricName.isMetric("sluice_requests_total"))
        #expect(MetricName.isMetric("a:b"))
        #expect(!MetricName.isMetric("9a"))
        #expect(!MetricName.isMetric("a-b"))
        #expect(!MetricName.isMetric(""))
        #expect(!MetricName.isLabel("le"))
        #expect(!MetricName.isLabel("__x"))
        #expect(!MetricName.isLabel("a:b"))
    }
}
