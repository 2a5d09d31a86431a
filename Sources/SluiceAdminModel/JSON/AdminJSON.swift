// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// The admin API's shapes as JSON values and back, without losing a digit of a config.
///
/// Shapes are `Codable`; a ``RawJSON`` member passes through as it is, which Foundation's coders cannot do. Absent
/// optionals are left out, objects keep the order of their declaration, dictionaries are sorted by name.
package enum AdminJSON {
    /// The JSON value of a shape.
    package static func value(of shape: some Encodable) throws -> JSONValue {
        try JSONNode(boxing: shape).value
    }

    /// Reads a shape from a JSON value; members it does not know are passed over.
    ///
    /// - Throws: ``ShapeError`` naming the member that does not fit.
    package static func decode<Shape: Decodable>(_ type: Shape.Type, from value: JSONValue) throws(ShapeError) -> Shape
    {
        do {
            return try JSONValueDecoder(value: value, path: []).unbox(type)
        } catch let error as ShapeError {
            throw error
        } catch let error as DecodingError {
            throw ShapeError(error)
        } catch {
            throw ShapeError(path: [], message: "cannot be read")
        }
    }
}

/// A JSON value inside a shape, kept as it is: a config, the details of an error.
package struct RawJSON: Sendable, Codable {
    package var value: JSONValue

    package init(_ value: JSONValue) { self.value = value }

    /// Only ``AdminJSON`` reads one of these.
    package init(from decoder: any Decoder) throws {
        guard let decoder = decoder as? JSONValueDecoder else {
            throw ShapeError(path: [], message: "raw JSON is read by AdminJSON only")
        }
        value = decoder.value
    }

    /// Only ``AdminJSON`` writes one of these.
    package func encode(to encoder: any Encoder) throws {
        guard let encoder = encoder as? JSONNodeEncoder else {
            throw ShapeError(path: [], message: "raw JSON is written by AdminJSON only")
        }
        encoder.node.content = .value(value)
    }
}

/// Why a JSON value is not the shape that was asked for.
package struct ShapeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// From the outermost member to the one at fault.
    package var path: [String]
    /// What is wrong there, without a full stop.
    package var message: String

    package init(path: [String], message: String) {
        self.path = path
        self.message = message
    }

    package init(_ error: DecodingError) {
        let (context, message): (DecodingError.Context, String) =
            switch error {
            case .keyNotFound(let key, let context): (context, "the member '\(key.stringValue)' is missing")
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                (context, context.debugDescription)
            @unknown default: (.init(codingPath: [], debugDescription: ""), "cannot be read")
            }
        self.init(path: context.codingPath.map(\.stringValue), message: message)
    }

    package var description: String { path.isEmpty ? message : "\(path.joined(separator: ".")): \(message)" }
}
