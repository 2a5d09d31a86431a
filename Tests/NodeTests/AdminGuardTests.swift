// SPDX-License-Identifier: Apache-2.0
import Foundation
import SluiceCore
import SluiceTestKit
import Testing

@testable import SluiceNode

@Suite("What guards the admin port", .serialized, .timeLimit(.minutes(2)))
struct AdminGuardTests {
    private static let token = "authorization: Bearer \(RunningNode.adminToken)\r\n"

    private static func exchange(_ node: RunningNode, _ text: String) async throws -> RawAnswer {
        let port = node.addresses.admin.port
        return try await offload {
            let socket = try RawSocket.connect(port: port)
            defer { socket.close() }
            socket.send(text)
            return socket.receiveAnswer()
        }
    }

    @Test("malformed heads are answered with 400 and end the connection, whatever token they show")
    func malformed() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration())
            try await RunningNode.with(folder) { node in
                let path = "GET /v1/admin/versions HTTP/1.1\r\n"
                let heads = [
                    path + AdminGuardTests.token,
                    path + "host: a\r\nhost: b\r\n" + AdminGuardTests.token,
                    path + "host: a b\r\n" + AdminGuardTests.token,
                    path + "host: a\r\ntransfer-encoding:\r\n" + AdminGuardTests.token,
                    path + "host: a\r\ncontent-length: 0\r\ncontent-length: 0\r\n" + AdminGuardTests.token,
                    "GET * HTTP/1.1\r\nhost: a\r\n" + AdminGuardTests.token,
                    "GET * HTTP/1.1\r\nhost: a\r\nx-sluice-refused: 418 teapot made up\r\n" + AdminGuardTests.token,
                ]
                for head in heads {
                    let answer = try await AdminGuardTests.exchange(node, head + "\r\n")
                    #expect(answer.status == 400, "\(head)\(answer)")
                    #expect(answer["connection"] == "close", "\(head)\(answer)")
                    #expect(answer.text.contains("invalid_request"), "\(head)\(answer)")
                }
                let connect = try await AdminGuardTests.exchange(node, "CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n")
                #expect(connect.status == 405)
                let fine = try await AdminGuardTests.exchange(
                    node,
                    path + "host: a\r\n" + AdminGuardTests.token + "\r\n"
                )
                #expect(fine.status == 200)
            }
        }
    }

    @Test("connections beyond what one address may have are told so, and the others work on")
    func crowd() async throws {
        try await Folder.with { folder in
            let limits = "limits: {connections_per_address: 10}\n"
            try folder.write(RunningNode.configuration(limits + RunningNode.standard))
            try await RunningNode.with(folder) { node in
                let port = node.addresses.admin.port
                try await offload {
                    let half = try (0..<10).map { _ in
                        let socket = try RawSocket.connect(port: port)
                        socket.send("GET /healthz HTTP/1.1\r\nhost: a\r\n")
                        return socket
                    }
                    defer { for socket in half { socket.close() } }
                    let late = try RawSocket.connect(port: port)
                    defer { late.close() }
                    let answer = late.receiveAnswer()
                    #expect(answer.status == 503)
                    #expect(answer.text.contains("overloaded"))
                    for socket in half {
                        socket.send("\r\n")
                        #expect(socket.receiveAnswer().status == 200)
                    }
                }
            }
        }
    }

    @Test("half a head is answered with 408 after its time, without a token")
    func halfHead() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration("limits: {header_timeout: 1s}\n" + RunningNode.standard))
            try await RunningNode.with(folder) { node in
                let answer = try await AdminGuardTests.exchange(node, "GET /healthz HTTP/1.1\r\nhost: a\r\n")
                #expect(answer.status == 408)
                #expect(answer.text.contains("request_timeout"))
            }
        }
    }

    @Test("who is refused cannot keep the connection by dribbling its body")
    func dribble() async throws {
        try await Folder.with { folder in
            try folder.write(RunningNode.configuration())
            try await RunningNode.with(folder) { node in
                let port = node.addresses.admin.port
                let isClosed = try await offload {
                    let socket = try RawSocket.connect(port: port)
                    defer { socket.close() }
                    socket.send("POST /v1/admin/versions/register HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n")
                    #expect(socket.receiveAnswer().status == 401)
                    let end = ContinuousClock.now.advanced(by: .seconds(8))
                    while ContinuousClock.now < end {
                        guard socket.send("x") else { return true }
                        usleep(100_000)
                    }
                    return false
                }
                #expect(isClosed)
            }
        }
    }
}
