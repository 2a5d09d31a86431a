// SPDX-License-Identifier: Apache-2.0
import SluiceControl
import SluiceTestKit
import Testing

@testable import SluiceNode

@Suite("Issuers over a socket")
struct IssuerClientTests {
    /// What comes of a question to an issuer that sends this, and then nothing until the question is over.
    private func asked(
        _ answer: String,
        patience: Duration = .seconds(10)
    ) async throws -> Result<Int, IssuerFault> {
        let gate = Gate()
        let issuer = try ScriptedUpstream { _, connection in
            connection.send(answer)
            gate.pass()
            return false
        }
        let client = IssuerClient(patience: patience)
        let result: Result<Int, IssuerFault>
        do throws(IssuerFault) {
            let request = IssuerRequest(url: "http://127.0.0.1:\(issuer.port)/keys")
            result = .success(try await client.port.send(request).status)
        } catch {
            result = .failure(error)
        }
        gate.open()
        await client.stop()
        issuer.stop()
        return result
    }

    @Test("an answer that stops in its body is waited for as long as one that never begins")
    func drip() async throws {
        let late = Result<Int, IssuerFault>.failure(IssuerFault("it does not answer in time"))
        for answer in [
            "", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n",
        ] {
            #expect(try await asked(answer, patience: .milliseconds(300)) == late)
        }
        #expect(try await asked("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}") == .success(200))
    }

    @Test("an answer that is too long is not read to its end")
    func long() async throws {
        let body = String(repeating: " ", count: 300_000)
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n\(body)"
        #expect(try await asked(answer) == .failure(IssuerFault("its answer has more than 256 KiB")))
    }
}
