// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceWire
import Testing

@Suite("Error bodies")
struct ErrorBodyTests {
    @Test("have the shape that OpenAI's clients read")
    func shape() throws {
        let refusal = Refusal(.modelNotFound, "No route \"x\"\n", param: "model")
        #expect(
            CallerVoice.openai.body(of: refusal, requestID: "r-1").text
                == #"{"error":{"message":"No route \"x\"\n","type":"invalid_request_error","param":"model","#
                + #""code":"model_not_found","request_id":"r-1"}}"#
        )
        let event = CallerVoice.openai.event(of: Refusal(.upstreamReset, "cut"))
        #expect(
            event.text
                == #"data: {"error":{"message":"cut","type":"server_error","param":null,"code":"upstream_reset"}}"#
                + "\n\n"
        )
    }

    @Test("the type tells whose fault it is", arguments: Refusal.Kind.allCases)
    func types(kind: Refusal.Kind) throws {
        let value = try JSONValue(parsing: CallerVoice.openai.body(of: Refusal(kind, "m")))
        let type =
            switch kind {
            case .rateLimited: "rate_limit_error"
            case .budgetExceeded: "insufficient_quota"
            case .versionNotSupported: "invalid_request_error"
            default: kind.row.origin == .caller ? "invalid_request_error" : "server_error"
            }
        #expect(value.object?["error"]?.object?["type"] == .string(type))
    }

    @Test("are JSON whatever the message holds")
    func anyMessage() throws {
        let message = "\u{0}\u{1F}\u{7F}\"\\/\r\n\t\u{2028}é😀</script>"
        let value = try JSONValue(parsing: CallerVoice.openai.body(of: Refusal(.badRequest, message, param: message)))
        #expect(value.object?["error"]?.object?["message"] == .string(message))
        let event = CallerVoice.openai.event(of: Refusal(.badRequest, message)).text
        #expect(event.utf8.filter { $0 == 0x0A || $0 == 0x0D }.count == 2)
    }

    @Test("the list of models is what the SDK reads")
    func models() {
        let entry = CallerVoice.Model(id: "chat", createdAt: Timestamp(milliseconds: 1_500), ownedBy: "sluice")
        let one = #"{"id":"chat","object":"model","created":1,"owned_by":"sluice"}"#
        #expect(CallerVoice.openai.json(of: entry).text == one)
        #expect(CallerVoice.openai.list(of: [entry, entry]).text == #"{"object":"list","data":[\#(one),\#(one)]}"#)
        #expect(CallerVoice.openai.list(of: []).text == #"{"object":"list","data":[]}"#)
    }
}
