// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// A refusal in the caller's dialect.
package enum ErrorBody {
    /// `{"error":{"message":…,"type":…,"param":…,"code":…,"request_id":…}}`.
    package static func json(_ refusal: Refusal, requestID: String? = nil) -> [UInt8] { [] }

    /// The same as one server-sent event, for an answer that breaks off: `data: {"error":…}`, blank line.
    package static func event(_ refusal: Refusal, requestID: String? = nil) -> [UInt8] { [] }
}
