// SPDX-License-Identifier: Apache-2.0
import SluiceAdminModel
import SluiceControl
import SluiceCore

/// Why an admin call is not done: a status and the flat error body.
struct AdminRefusal: Error, Sendable {
    var status: Int
    var error: String
    var message: String
    var hint: String?
    var details: JSONObject?
    /// `Allow`, for 405.
    var allow: String?
    /// What the caller still sends must not be taken for a request.
    var endsConnection = false

    init(
        _ status: Int,
        _ error: String,
        _ message: String,
        hint: String? = nil,
        details: JSONObject? = nil,
        allow: String? = nil
    ) {
        self.status = status
        self.error = error
        self.message = message
        self.hint = hint
        self.details = details
        self.allow = allow
    }

    init(_ error: ControlError) {
        self.init(
            error.code.status,
            error.code.rawValue,
            error.message,
            hint: error.hint,
            details: error.details
        )
    }

    init(_ error: ShapeError) {
        self.init(422, "invalid_request", "The body does not fit: \(error)", details: AdminRefusal.field(error.path))
    }

    init(_ error: JSONError) {
        var details = JSONObject()
        details["line"] = .integer("\(error.line)")
        details["column"] = .integer("\(error.column)")
        self.init(400, "invalid_json", "The body is not JSON: \(error)", details: details)
    }

    /// A parameter or member that is wrong.
    static func invalid(_ message: String, field: String? = nil, hint: String? = nil) -> AdminRefusal {
        AdminRefusal(422, "invalid_request", message, hint: hint, details: AdminRefusal.field(field.map { [$0] } ?? []))
    }

    var body: AdminErrorBody {
        AdminErrorBody(error: error, message: message, hint: hint, details: details.map { RawJSON(.object($0)) })
    }

    private static func field(_ path: [String]) -> JSONObject? {
        guard !path.isEmpty else { return nil }
        var details = JSONObject()
        details["field"] = .string(path.joined(separator: "."))
        return details
    }
}
