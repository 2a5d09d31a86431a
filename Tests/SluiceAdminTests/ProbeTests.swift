// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceAdmin

@Suite("Probes and metrics")
struct ProbeTests {
    @Test("probes need no token; readiness tells degraded with 200 and not ready with 503")
    func probes() async throws {
        let admin = try await AdminHarness()
        for path in ["/healthz", "/health/liveliness"] {
            #expect(try await admin.call("GET", path, token: nil)["status"] == "ok")
        }
        for path in ["/readyz", "/health/readiness"] {
            admin.readiness.value = Readiness(.ready)
            #expect(try await admin.call("GET", path, token: nil).status == 200)
            admin.readiness.value = Readiness(.degraded, problems: ["the store is locked"])
            let degraded = try await admin.call("GET", path, token: nil)
            #expect(degraded.status == 200)
            #expect(degraded["status"] == "degraded")
            #expect(degraded["problems"] == ["the store is locked"])
            admin.readiness.value = Readiness(.notReady, problems: ["draining"])
            #expect(try await admin.call("GET", path, token: nil).status == 503)
        }
    }

    @Test("metrics are open unless the configuration closes them")
    func metrics() async throws {
        let open = try await AdminHarness()
        let answer = try await open.call("GET", "/metrics", token: nil)
        #expect(answer.text == "sluice_up 1\n")
        #expect(answer.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        let closed = try await AdminHarness(metricsAreOpen: false)
        #expect(try await closed.call("GET", "/metrics", token: nil).status == 401)
        #expect(try await closed.call("GET", "/metrics").status == 200)
    }

    @Test("the status counts what is there")
    func status() async throws {
        let admin = try await AdminHarness()
        admin.readiness.value = Readiness(.degraded, problems: ["no price for m2"])
        let answer = try await admin.call("GET", "/v1/admin/status")
        #expect(answer["version"] == "0.0.0-test")
        #expect(answer["state"] == "degraded")
        #expect(answer["routes"] == 2)
        #expect(answer["versions"] == 2)
        #expect(answer["keys"] == 1)
        let before = try #require(answer["epoch"]?.int)
        _ = try await admin.call("POST", "/v1/admin/keys", ["name": "k"])
        #expect(try await admin.call("GET", "/v1/admin/status")["epoch"]?.int == before + 1)
    }
}
