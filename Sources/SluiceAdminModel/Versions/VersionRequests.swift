// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// The body of `POST /versions/register`.
package struct RegisterRequest: DescribedShape {
    package var versionID = ""
    package var apiVersion = ""
    package var weight: Double?
    package var state: String?
    package var config = RawJSON(.object([:]))
    package var configHash: String?
    package var route: String?
    package var provider: String?
    package var thresholds: RawJSON?
    package var reason: String?

    package init() {}

    package init(versionID: String, apiVersion: String, config: RawJSON) {
        self.versionID = versionID
        self.apiVersion = apiVersion
        self.config = config
    }

    package static let component = (name: "RegisterRequest", about: "A new version.")

    package static let fields: [Field<RegisterRequest>] = [
        .must("version_id", \.versionID, .id, "1 to 128 characters of A-Z a-z 0-9 . _ : / @ + -"),
        .must("api_version", \.apiVersion, .model, "The provider's model."),
        .may("weight", \.weight, .share, "A wish: a staging version takes no traffic."),
        .may("state", \.state, .oneOf(["staging", "canary", "production"]), "Default staging."),
        .must("config", \.config, .object),
        .may("config_hash", \.configHash, .text(16...16, pattern: "^[0-9a-f]{16}$"), "Checked where given."),
        .may(
            "route",
            \.route,
            .id,
            "Default: the route that is, or has as an alias, api_version; else the only one."
        ),
        .may("provider", \.provider, .id, "Default: that of the route's production version."),
        .may("thresholds", \.thresholds, .named("Thresholds")),
        .may("reason", \.reason, .reason),
    ]
}

/// The body of `PATCH /versions/{id}/weight`.
package struct WeightRequest: Sendable, Codable {
    /// 0.0…1.0.
    package var weight: Double
    package var reason: String?

    package init(weight: Double, reason: String? = nil) {
        self.weight = weight
        self.reason = reason
    }
}

/// The body of `POST /versions/{id}/transition`.
package struct TransitionRequest: Sendable, Codable {
    package var targetState: String
    package var reason: String?

    package init(targetState: String, reason: String? = nil) {
        self.targetState = targetState
        self.reason = reason
    }

    private enum CodingKeys: String, CodingKey {
        case targetState = "target_state"
        case reason
    }
}

/// The body of `POST /versions/{id}/rollback`; it may be missing altogether.
package struct RollbackRequest: Sendable, Codable {
    package var reason: String?
    package var targetVersion: String?

    package init(reason: String? = nil, targetVersion: String? = nil) {
        self.reason = reason
        self.targetVersion = targetVersion
    }

    private enum CodingKeys: String, CodingKey {
        case reason
        case targetVersion = "target_version"
    }
}

/// The body of calls that need nothing but a reason; it may be missing altogether.
package struct ReasonRequest: Sendable, Codable {
    package var reason: String?

    package init(reason: String? = nil) { self.reason = reason }
}

/// The body of `PATCH /versions/{id}/thresholds`: a named member is set, a null one is cleared, others stay.
package struct ThresholdsBody: Sendable {
    package var fields: [String: Double?]
    package var reason: String?

    package init(fields: [String: Double?], reason: String? = nil) {
        self.fields = fields
        self.reason = reason
    }

    /// Reads the body; a member that is no threshold is refused, since a misspelt limit would protect nobody.
    package init(_ json: JSONValue) throws(ShapeError) {
        guard case .object(let object) = json else {
            throw ShapeError(path: [], message: "expected an object of thresholds")
        }
        fields = [:]
        for (name, value) in object.members {
            if name == "reason" {
                reason = try AdminJSON.decode(String?.self, from: value)
                continue
            }
            guard ThresholdsView.names.contains(name) else {
                let known = ThresholdsView.names.joined(separator: ", ")
                throw ShapeError(path: [name], message: "is no threshold; there are \(known)")
            }
            if case .null = value {
                fields.updateValue(nil, forKey: name)
            } else {
                do {
                    fields.updateValue(try AdminJSON.decode(Double.self, from: value), forKey: name)
                } catch {
                    throw ShapeError(path: [name], message: error.message)
                }
            }
        }
    }

    /// The body as it goes over the wire.
    package var json: JSONValue {
        var object = JSONObject()
        for name in ThresholdsView.names {
            guard let value = fields[name] else { continue }
            object[name] = value.map(JSONValue.double) ?? .null
        }
        if let reason { object["reason"] = .string(reason) }
        return .object(object)
    }
}
