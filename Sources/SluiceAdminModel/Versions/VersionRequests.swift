// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// The body of `POST /versions/register`.
package struct RegisterRequest: Sendable, Codable {
    package var versionID: String
    /// The provider's model id.
    package var apiVersion: String
    /// A wish, 0.0…1.0: a staging version takes no traffic.
    package var weight: Double?
    package var state: String?
    package var config: RawJSON
    /// Checked where given.
    package var configHash: String?
    package var route: String?
    package var provider: String?
    package var thresholds: RawJSON?
    package var reason: String?

    package init(
        versionID: String,
        apiVersion: String,
        weight: Double? = nil,
        state: String? = nil,
        config: RawJSON,
        configHash: String? = nil,
        route: String? = nil,
        provider: String? = nil,
        thresholds: RawJSON? = nil,
        reason: String? = nil
    ) {
        self.versionID = versionID
        self.apiVersion = apiVersion
        self.weight = weight
        self.state = state
        self.config = config
        self.configHash = configHash
        self.route = route
        self.provider = provider
        self.thresholds = thresholds
        self.reason = reason
    }

    private enum CodingKeys: String, CodingKey {
        case versionID = "version_id"
        case apiVersion = "api_version"
        case weight, state, config
        case configHash = "config_hash"
        case route, provider, thresholds, reason
    }
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
    package var fields: [ThresholdsView.CodingKeys: Double?]
    package var reason: String?

    package init(fields: [ThresholdsView.CodingKeys: Double?], reason: String? = nil) {
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
            guard let key = ThresholdsView.CodingKeys(rawValue: name) else {
                let known = ThresholdsView.CodingKeys.allCases.map(\.rawValue).joined(separator: ", ")
                throw ShapeError(path: [name], message: "is no threshold; there are \(known)")
            }
            if case .null = value {
                fields.updateValue(nil, forKey: key)
            } else {
                do {
                    fields.updateValue(try AdminJSON.decode(Double.self, from: value), forKey: key)
                } catch {
                    throw ShapeError(path: [name], message: error.message)
                }
            }
        }
    }

    /// The body as it goes over the wire.
    package var json: JSONValue {
        var object = JSONObject()
        for key in ThresholdsView.CodingKeys.allCases {
            guard let value = fields[key] else { continue }
            object[key.rawValue] = value.map(JSONValue.double) ?? .null
        }
        if let reason { object["reason"] = .string(reason) }
        return .object(object)
    }
}
