// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// Why a use case did not happen: what was wrong, and the next call to make.
package struct ControlError: Error, Sendable, CustomStringConvertible {
    /// What the admin API writes as `error`; the status is in ``Code/status``.
    package enum Code: String, Sendable, CaseIterable {
        /// Nothing has this id.
        case notFound = "not_found"
        /// Something else has this id, or the weights do not fit.
        case conflict
        /// The state the thing is in does not allow this.
        case invalidState = "invalid_state"
        /// Another person has to ask for the same.
        case approvalNeeded = "approval_needed"
        /// The request itself is wrong.
        case invalid = "invalid_request"
        /// The config's hash is not the one that was sent.
        case hashMismatch = "config_hash_mismatch"
        /// Defined in the configuration file.
        case readOnly = "read_only"
        /// The configuration file does not fit what is in force.
        case refusedDefinitions = "refused_definitions"
        /// The store cannot be reached; nothing was changed.
        case unavailable = "store_unavailable"

        /// The HTTP status that says the same.
        package var status: Int {
            switch self {
            case .notFound: 404
            case .conflict, .invalidState, .approvalNeeded, .readOnly, .refusedDefinitions: 409
            case .invalid, .hashMismatch: 422
            case .unavailable: 503
            }
        }
    }

    package var code: Code
    /// One sentence: what was wrong.
    package var message: String
    /// The next step, as a call where there is one.
    package var hint: String?
    /// Values a program may want: both hashes, the legal moves, the ids to choose from.
    package var details: JSONObject?

    package init(_ code: Code, _ message: String, hint: String? = nil, details: JSONObject? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details
    }

    package var description: String {
        [message, hint].compactMap { $0 }.joined(separator: " ")
    }
}

extension ControlError {
    /// A fault of the store as the caller of a use case sees it.
    init(_ fault: StoreFault) {
        switch fault {
        case .conflict:
            self.init(.conflict, "The state kept changing while this was decided.", hint: "Make the same call again.")
        case .unavailable(let message):
            self.init(
                .unavailable,
                "The store cannot take changes now: \(message)",
                hint: "Nothing was changed and traffic goes on; make the same call again."
            )
        }
    }

    static func unknownTeam(_ name: String) -> ControlError {
        ControlError(.notFound, "There is no team \"\(name.prefix(140))\".", hint: "\(AdminHint.listTeams) lists them.")
    }

    static func unknownVersion(_ id: String, known: [VersionID]) -> ControlError {
        var details = JSONObject()
        details["versions"] = .array(known.prefix(50).map { .string($0.rawValue) })
        return ControlError(
            .notFound,
            "There is no version \"\(id)\".",
            hint: known.isEmpty
                ? "Register it: \(AdminHint.register)." : "\(AdminHint.listVersions) lists them all.",
            details: details
        )
    }
}

/// Why a change was not made.
enum ChangeFault: Error {
    case refused(ControlError)
    /// Another node leads by now what it was made for.
    case leaseLost
    /// A rollout's log has entries that whoever leads it does not know.
    case logMoved

    /// As the caller of a use case sees it.
    var shown: ControlError {
        switch self {
        case .refused(let error): error
        case .leaseLost, .logMoved: ControlError(.conflict)
        }
    }
}

/// The two ways a store fails a decision.
enum StoreFault {
    case conflict
    case unavailable(String)
}
