// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceTestKit
import SluiceWire
import Testing

@Suite("Reading forms")
struct FormReadingTests {
    static func form(_ parts: [(head: String, value: String)], boundary: String = "xyz") -> String {
        parts.map { "--\(boundary)\r\n\($0.head)\r\n\r\n\($0.value)\r\n" }.joined() + "--\(boundary)--\r\n"
    }

    static func field(_ name: String) -> String { "Content-Disposition: form-data; name=\"\(name)\"" }

    private func read(_ body: [UInt8], type: String = "multipart/form-data; boundary=xyz") throws(Refusal)
        -> FormReading
    {
        try FormReading(of: body.span.bytes, type: type)
    }

    private func model(_ text: String, type: String = "multipart/form-data; boundary=xyz") throws -> String {
        let body = Array(text.utf8)
        return String(decoding: body[try read(body, type: type).model], as: UTF8.self)
    }

    @Test("the model is found wherever it stands, by its name alone")
    func found() throws {
        let file = (
            "Content-Disposition: form-data; name=\"file\"; filename=\"model\"\r\nContent-Type: audio/wav",
            "RIFF\r\n\r\n--x"
        )
        let model = (Self.field("model"), "chat")
        for parts in [
            [model], [file, model], [model, file], [(Self.field("prompt"), "name=\"model\""), model, file],
        ] {
            #expect(try self.model(Self.form(parts)) == "chat")
            #expect(try self.model("\r\n" + Self.form(parts)) == "chat")
        }
        for head in [
            "content-disposition:form-data;name=model", "CONTENT-DISPOSITION: form-data; NAME=\"model\"",
            "Content-Type: text/plain\r\nContent-Disposition: form-data; name=\"model\"",
        ] {
            #expect(try self.model(Self.form([(head, "chat")])) == "chat")
        }
        for boundary in ["a", String(repeating: "b", count: 70), "with space in-it'()+_,-./:=?"] {
            let form = Self.form([file, model], boundary: boundary)
            #expect(try self.model(form, type: "Multipart/Form-Data; charset=x; boundary=\"\(boundary)\"") == "chat")
        }
    }

    @Test("a stream is asked for by a field")
    func streams() throws {
        for (value, isStream) in [("true", true), ("True", true), ("false", false), ("", false)] {
            let form = Self.form([(Self.field("model"), "m"), (Self.field("stream"), value)])
            #expect(try read(Array(form.utf8)).isStream == isStream)
        }
    }

    @Test("what is no form, or names no model or two, is refused with a reason")
    func refused() {
        let model = (Self.field("model"), "chat")
        let cases: [(String, String, Refusal.Kind)] = [
            (Self.form([model]), "application/json", .unsupportedMediaType),
            (Self.form([model]), "multipart/form-data", .unsupportedMediaType),
            (Self.form([model]), "multipart/form-data; boundary=\"\"", .unsupportedMediaType),
            (
                Self.form([model]), "multipart/form-data; boundary=\(String(repeating: "a", count: 71))",
                .unsupportedMediaType
            ),
            (Self.form([model]), "multipart/form-data; boundary=other", .badRequest),
            (Self.form([model, model]), "multipart/form-data; boundary=xyz", .duplicateField),
            (Self.form([(Self.field("prompt"), "x")]), "multipart/form-data; boundary=xyz", .missingModel),
            (Self.form([(Self.field("model"), "")]), "multipart/form-data; boundary=xyz", .missingModel),
            (String(Self.form([model]).dropLast(4)), "multipart/form-data; boundary=xyz", .badRequest),
            ("", "multipart/form-data; boundary=xyz", .badRequest),
            ("--xyz\r\nnever ends", "multipart/form-data; boundary=xyz", .badRequest),
        ]
        for (text, type, kind) in cases {
            let error = #expect(throws: Refusal.self) { try read(Array(text.utf8), type: type) }
            #expect(error?.kind == kind, "\(text.debugDescription) \(type)")
        }
    }

    @Test("any bytes give an answer or a refusal")
    func total() {
        var generator = SeededGenerator(seed: 3)
        let pieces = ["--xyz", "\r\n", "--", "\r", "\n", Self.field("model"), "\r\n\r\n", "chat", "\u{0}"]
        for _ in 0..<5_000 {
            var body: [UInt8] = generator.next() % 2 == 0 ? Array("--xyz\r\n".utf8) : []
            for _ in 0..<UInt8.random(in: 0...14, using: &generator) {
                body += Array(pieces[Int.random(in: 0..<pieces.count, using: &generator)].utf8)
            }
            if let form = try? read(body) { #expect(body.indices.contains(form.model.lowerBound)) }
        }
        let whole = Array(Self.form([(Self.field("file"), "x"), (Self.field("model"), "chat")]).utf8)
        for end in 0..<(whole.count - 4) {
            #expect(throws: Refusal.self) { try read(Array(whole.prefix(end))) }
        }
    }
}
