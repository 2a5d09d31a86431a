// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceWire

@Suite("A request that goes on with an answer that broke off")
struct PrefillRewriteTests {
    private static let user = #"{"role":"user","content":"hi"}"#

    private static func chat(_ members: String = "", messages: String = user) -> String {
        #"{"model":"m","messages":[\#(messages)],"stream":true\#(members)}"#
    }

    private static func goOn(_ body: String, _ told: String = #"The \"qu"#, _ prefill: Prefill = .message) -> String? {
        PrefillRewrite.body(Array(body.utf8), after: Array(told.utf8), prefill).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test("the text so far is the last message, byte for byte, in each of the ways that models take it")
    func ways() throws {
        let body = Self.chat(#", "temperature":0.10 "#)
        let told = #"{"role":"assistant","content":"The \"qu"#
        #expect(
            Self.goOn(body)
                == #"{"model":"m","messages":[\#(Self.user),\#(told)"}],"stream":true, "temperature":0.10 }"#
        )
        #expect(
            Self.goOn(body, #"The \"qu"#, .prefix)
                == #"{"model":"m","messages":[\#(Self.user),\#(told)","prefix":true}],"stream":true, "temperature":0.10 }"#
        )
        let said = try #require(Self.goOn(body, #"The \"qu"#, .continueFinalMessage))
        #expect(
            said
                == #"{"model":"m","messages":[\#(Self.user),\#(told)"}],"stream":true, "temperature":0.10"#
                + #","continue_final_message":true,"add_generation_prompt":false }"#
        )
        #expect((try? JSONValue(parsing: said)) != nil)
    }

    @Test(
        "what is no plain text, or would not be gone on with, is left alone",
        arguments: [
            chat(#","tools":[{"type":"function"}]"#), chat(#","functions":[{}]"#),
            chat(#","response_format":{"type":"json_object"}"#), chat(#","n":2"#), chat(#","logprobs":true"#),
            chat(#","modalities":["audio"]"#), chat(#","guided_json":"{}""#), chat(#","to\u006fls":[{}]"#),
            chat(messages: user + #",{"role":"assistant","content":"so"}"#), chat(messages: ""),
            chat(messages: user + #",{"role":"tool","content":"so"}"#),
            #"{"model":"m","messages":[\#(user)]}"#, "{}", "[",
        ]
    )
    func structured(body: String) {
        #expect(Self.goOn(body) == nil)
    }

    @Test("fields that are there and say nothing do not matter")
    func harmless() {
        #expect(Self.goOn(Self.chat(#","tools":null,"functions":[],"n":1,"logprobs":false,"seed":3"#)) != nil)
    }

    @Test("nothing told, and half a letter, are nothing to go on from")
    func told() {
        #expect(Self.goOn(Self.chat(), "") == nil)
        #expect(Self.goOn(Self.chat(), #"ab\ud83d"#) == nil && Self.goOn(Self.chat(), #"\uDBFF"#) == nil)
        #expect(Self.goOn(Self.chat(), #"ab\ud83d\ude00"#) != nil && Self.goOn(Self.chat(), #"\ud7ff"#) != nil)
    }
}
