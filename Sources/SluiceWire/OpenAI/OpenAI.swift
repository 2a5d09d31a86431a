// SPDX-License-Identifier: Apache-2.0

/// The dialect of the OpenAI API, which many other providers speak, too.
package enum OpenAI {
    /// Fields of answers that say whose account was used.
    package static let accountFields = ["openai-organization", "openai-project"]
}
