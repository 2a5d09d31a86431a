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
            ErrorBody.json(refusal, requestID: "r-1").text
                == #"{"error":{"message":"No route \"x\"\n","type":"invalid_request_error","param":"model","#
                + #""code":"model_not_found","request_id":"r-1"}}"#
        )
        let event = ErrorBody.event(Refusal(.upstreamReset, "cut"))
        #expect(
            event.text
                == #"data: {"error":{"message":"cut","type":"server_error","param":null,"code":"upstream_reset"}}"#
                + "\n\n"
        )
    }

    @Test("are JSON whatever the message holds")
    func anyMessage() throws {
        let message = "\u{0}\u{1F}\u{7F}\"\\/\r\n\t\u{2028}é😀</script>"
        let value = try JSONValue(parsing: ErrorBody.json(Refusal(.badRequest, message, param: message)))
        #expect(value.object?["error"]?.object?["message"] == .string(message))
        let event = ErrorBody.event(Refusal(.badRequest, message)).text
        #expect(event.utf8.filter { $0 == 0x0A || $0 == 0x0D }.count == 2)
    }

    @Test("the list of models is what the SDK reads")
    func models() {
        let entry = ModelList.Entry(id: "chat", createdAt: Timestamp(milliseconds: 1_500), ownedBy: "sluice")
        let one = #"{"id":"chat","object":"model","created":1,"owned_by":"sluice"}"#
        #expect(ModelList.json(entry).text == one)
        #expect(ModelList.json([entry, entry]).text == #"{"object":"list","data":[\#(one),\#(one)]}"#)
        #expect(ModelList.json([]).text == #"{"object":"list","data":[]}"#)
    }
}
