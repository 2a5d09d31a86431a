// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// What a provider's error answer means: whose fault, and whether another try can help.
package struct UpstreamFault: Sendable, Equatable {
    package var errorClass: ErrorClass
    /// The account has run out of money or quota: never try it again, use another credential.
    package var isMoneyGone: Bool
    /// Another attempt may succeed: 408, 409, 429 and 5xx without money gone.
    package var isRetryable: Bool
    /// The provider's own code or type, at most 64 bytes.
    package var code: String?

    package init(errorClass: ErrorClass, isMoneyGone: Bool = false, isRetryable: Bool = false, code: String? = nil) {
        self.errorClass = errorClass
        self.isMoneyGone = isMoneyGone
        self.isRetryable = isRetryable
        self.code = code
    }

    /// Reads an error answer by its status (300…599) and the first 64 KiB of its body.
    package init(status: Int, body: RawSpan) {
        self.init(errorClass: .upstreamError)
    }
}
