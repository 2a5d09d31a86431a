// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Errors below `/scim`, which have SCIM's form (RFC 7644, 3.12).
enum SCIMError {
    static let mediaType = "application/scim+json"
}

extension AdminRefusal {
    /// A refusal with SCIM's own word for it.
    static func scim(_ status: Int, _ type: String, _ detail: String) -> AdminRefusal {
        AdminRefusal(status, type, detail)
    }

    /// The error's body in SCIM's form.
    var scimBody: JSONValue {
        let types = [
            "invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget",
            "invalidValue",
            "invalidVers", "sensitive",
        ]
        var body: JSONObject = [
            "schemas": .array([.string("urn:ietf:params:scim:api:messages:2.0:Error")]),
            "status": .string("\(status)"),
            "detail": .string(hint.map { "\(message) \($0)" } ?? message),
        ]
        if types.contains(error) {
            body["scimType"] = .string(error)
        } else if error == "conflict" {
            body["scimType"] = .string("uniqueness")
        } else if error == "invalid_request" {
            body["scimType"] = .string("invalidValue")
        }
        return .object(body)
    }
}
