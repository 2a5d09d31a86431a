// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceHTTP

/// Sends an answer of our own.
func send(_ json: [UInt8], to caller: CallerListener) async {
    let fields = caller.fields
    var out = HeadBytes(reserving: json.count + 1_024)
    HTTPAnswer.begin(200, in: &out)
    out.write("content-type: application/json\r\n")
    fields.write(in: &out)
    fields.end(&out, .length(json.count))
    if caller.call.method != .HEAD { out.write(json) }
    let bytes = out.buffer()
    caller.transcript.record(.complete, status: 200)
    await caller.writeLast(bytes)
    await caller.client.finish()
}
