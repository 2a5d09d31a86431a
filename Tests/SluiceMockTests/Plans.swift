// SPDX-License-Identifier: Apache-2.0
import SluiceCore

@testable import SluiceMock

/// The plan for one request, without a socket.
func plan(
    _ body: String,
    path: String = "/v1/chat/completions",
    settings: MockSettings = MockSettings(),
    seed: UInt64 = 1,
    sequence: Int = 1,
    bearer: String? = nil
) -> Reply {
    let planner = Planner(
        settings: settings,
        seed: seed,
        sequence: sequence,
        now: Timestamp(milliseconds: 1_767_225_600_000),
        earlier: { _ in 0 }
    )
    return planner.reply(to: MockRequest(method: "POST", target: path, body: Array(body.utf8), bearer: bearer))
}

extension Reply {
    var bodyText: String {
        String(
            decoding: steps.flatMap { step -> [UInt8] in if case .write(let bytes, _) = step { bytes } else { [] } },
            as: UTF8.self
        )
    }

    func json() throws -> JSONValue { try JSONValue(parsing: bodyText) }

    /// The data of each event of a stream, `[DONE]` left out.
    func events() throws -> [JSONValue] {
        try bodyText.split(separator: "\n").filter { $0.hasPrefix("data: {") }
            .map { try JSONValue(parsing: String($0.dropFirst(6))) }
    }
}

extension JSONValue {
    subscript(name: String) -> JSONValue? { object?[name] }
    subscript(index: Int) -> JSONValue? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }
}

/// A chat request with one user message and further members.
func chat(_ text: String, model: String = "gpt-4.1", _ more: String = "") -> String {
    "{\"model\":\"\(model)\",\"messages\":[{\"role\":\"user\",\"content\":\"\(text)\"}]\(more.isEmpty ? "" : ",")\(more)}"
}
