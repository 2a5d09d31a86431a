// SPDX-License-Identifier: Apache-2.0
import SluiceBytes

/// Google's form of a schema, which is OpenAPI's: types in capitals, and `nullable`.
enum GeminiSchema {
    /// The same as JSON Schema has it.
    static func standard(_ schema: JSONItem) -> ArraySlice<UInt8> {
        var out = JSONWriter(reserving: schema.range.count)
        write(schema, to: &out)
        return out.bytes[...]
    }

    /// The depth is that of checked JSON.
    private static func write(_ schema: JSONItem, to out: inout JSONWriter) {
        guard schema.kind == .object else { return out.raw(schema.raw) }
        let isNullable = schema["nullable"]?.isTrue == true
        out.beginObject()
        for member in schema.members {
            let name = member.name
            if name == "nullable", member.value.kind == .bool { continue }
            out.name(text: name)
            switch name {
            case "type":
                guard let type = member.value.string else {
                    write(member.value, to: &out)
                    continue
                }
                writeType(type, isNullable, to: &out)
            case "properties", "$defs", "defs": writeEach(member.value, to: &out)
            case "anyOf", "any_of", "prefixItems":
                guard member.value.kind == .array else {
                    out.raw(member.value.raw)
                    continue
                }
                out.beginArray()
                for element in member.value.elements { write(element.value, to: &out) }
                out.endArray()
            case "items", "additionalProperties": write(member.value, to: &out)
            default: out.raw(member.value.raw)
            }
        }
        out.endObject()
    }

    /// An object whose members are schemas.
    private static func writeEach(_ schemas: JSONItem, to out: inout JSONWriter) {
        guard schemas.kind == .object else { return out.raw(schemas.raw) }
        out.beginObject()
        for member in schemas.members {
            out.name(text: member.name)
            write(member.value, to: &out)
        }
        out.endObject()
    }

    private static func writeType(_ type: String, _ isNullable: Bool, to out: inout JSONWriter) {
        let known = ["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"]
        let own = known.contains(type) ? type.lowercased() : type
        guard isNullable else { return out.string(own) }
        out.beginArray()
        out.string(own)
        out.string("null")
        out.endArray()
    }
}
