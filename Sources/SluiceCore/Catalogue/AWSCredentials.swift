// SPDX-License-Identifier: Apache-2.0

/// What requests to AWS are signed with.
package struct AWSCredentials: Sendable, Equatable {
    /// Stands in every request as it is: no secret, and not shown either.
    package let accessKeyID: String
    package let secretAccessKey: Secret<String>
    /// Of credentials that end by themselves.
    package let sessionToken: Secret<String>?

    package init(accessKeyID: String, secretAccessKey: Secret<String>, sessionToken: Secret<String>? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }
}
