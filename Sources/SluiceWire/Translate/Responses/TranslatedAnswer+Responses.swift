// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

extension TranslatedAnswer {
    /// Writes it as a response of the Responses API.
    func response(_ context: Translation.Context) -> [UInt8] {
        var name: [UInt8] = []
        name.appendEscaped(context.id.utf8)
        let id = self.id?.dropFirst().dropLast() ?? name[...]
        let refusalIsSaid = pieces.contains { if case .refusal = $0 { true } else { false } }
        let response = ResponseObject(
            id: id,
            model: model?.dropFirst().dropLast() ?? [],
            created: context.created,
            status: ResponseObject.Status(finish, refusalIsSaid: refusalIsSaid),
            output: items(of: id),
            usage: usage,
            echo: context.echo
        )
        var out = JSONWriter(reserving: response.output.count + 1_024)
        response.write(to: &out)
        return out.bytes
    }

    /// Texts that follow each other are parts of one message; thoughts and calls are items of their own.
    private func items(of id: JSON) -> [UInt8] {
        var out = JSONWriter(reserving: 512)
        var parts: [ResponseItem] = []
        var place = 0
        func flush(_ out: inout JSONWriter) {
            guard !parts.isEmpty else { return }
            ResponseItem.writeMessage(parts, id: ResponseItem.id("msg", place, of: id), "completed", to: &out)
            parts = []
            place += 1
        }
        for piece in pieces {
            switch piece {
            case .text(let text): parts.append(.text(text))
            case .refusal(let text): parts.append(.refusal(text))
            case .thinking(let text, _):
                flush(&out)
                let shown = text.isEmpty ? nil : text
                ResponseItem.writeReasoning(shown, id: ResponseItem.id("rs", place, of: id), to: &out)
                place += 1
            case .call(let call, let name, let arguments, _):
                flush(&out)
                ResponseItem.writeCall(
                    (call, name, arguments.inside),
                    id: ResponseItem.id("fc", place, of: id),
                    "completed",
                    to: &out
                )
                place += 1
            case .redacted, .image, .document, .result, .cachePoint: break
            }
        }
        flush(&out)
        return out.bytes
    }
}
