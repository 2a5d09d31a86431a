// SPDX-License-Identifier: Apache-2.0

/// The body of `PUT /providers/{provider}/credential`.
package struct CredentialRequest: DescribedShape {
    package var credential = ""
    package var reason: String?

    package init() {}

    package static let component = (name: "CredentialRequest", about: "A provider's credential, to be sealed.")

    package static let fields: [Field<CredentialRequest>] = [
        .must(
            "credential",
            \.credential,
            .text(1...8_192, pattern: "^[!-~]+$"),
            "The provider's key; never shown again."
        ),
        .may("reason", \.reason, .reason),
    ]
}

/// What wrapping the data keys anew did.
package struct RewrapView: DescribedShape {
    package var credentials = 0
    package var rewrapped = 0

    package init() {}

    package static let component = (name: "Rewrap", about: "What wrapping the data keys of credentials anew did.")

    package static let fields: [Field<RewrapView>] = [
        .must("credentials", \.credentials, .integer, "How many are in the store."),
        .must("rewrapped", \.rewrapped, .integer, "How many of them were under a former master key."),
    ]
}
