// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceWire

/// Pieces of streams of the Responses API, written down anew.
enum ResponseEvents {
    static func event(_ type: String, _ members: String = "") -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\"\(members.isEmpty ? "" : "," + members)}\n\n"
    }

    static func response(_ status: String, _ members: String) -> String {
        #""sequence_number":9,"response":{"id":"resp_1","object":"response","status":"\#(status)",\#(members)}"#
    }

    static let usage =
        #""usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":0},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":15}"#

    static let created = event(
        "response.created",
        response(
            "in_progress",
            #""output":[],"usage":null,"error":null,"service_tier":"auto","instructions":"say usage""#
        )
    )
    static let thought = event(
        "response.output_item.added",
        #""output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}"#
    )
    static let item = event(
        "response.output_item.added",
        #""output_index":1,"item":{"id":"msg_1","type":"message","role":"assistant","content":[]}"#
    )
    static let text = event(
        "response.output_text.delta",
        #""sequence_number":3,"item_id":"msg_1","output_index":1,"content_index":0,"delta":"Hi 😀 \"usage\":{}","obfuscation":"x""#
    )
    static let call = event(
        "response.function_call_arguments.delta",
        #""sequence_number":4,"item_id":"fc_1","output_index":2,"delta":"{\"a\":1}""#
    )
    static let completed = event(
        "response.completed",
        response("completed", #""output":[{"type":"message"}],\#(usage),"service_tier":"default""#)
    )
    static let failed = event(
        "response.failed",
        response("failed", #""error":{"code":"server_error","message":"broken"},"output":[],"usage":null"#)
    )

    /// A whole stream.
    static let stream = created + thought + item + text + call + completed
    static let seen = Usage(freshInput: 6, cachedInput: 4, output: 5, reasoning: 2)
}
