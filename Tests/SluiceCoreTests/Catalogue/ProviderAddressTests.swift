// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@Suite("Base URL of a provider")
struct ProviderAddressTests {
    @Test(
        "is read into its parts",
        arguments: [
            ("https://api.openai.com/v1", "https://api.openai.com:443/v1", "api.openai.com"),
            ("https://api.openai.com/v1/", "https://api.openai.com:443/v1", "api.openai.com"),
            ("http://127.0.0.1:4010", "http://127.0.0.1:4010", "127.0.0.1:4010"),
            ("http://[::1]:8080/x/y", "http://[::1]:8080/x/y", "[::1]:8080"),
            ("http://localhost", "http://localhost:80", "localhost"),
        ]
    )
    func reads(text: String, full: String, host: String) throws {
        let address = try ProviderAddress(validating: text)
        #expect(address.description == full)
        #expect(address.hostHeader == host)
    }

    @Test(
        "is refused with its reason",
        arguments: [
            ("ftp://x", ProviderAddressError.scheme), ("", .scheme), ("https://", .host), ("https://a b", .host),
            ("https://user@host", .credentials), ("https://host:0", .port), ("https://host:x", .port),
            ("https://host/a?b", .path), ("https://host/a b", .path), ("http://example.com", .plaintext),
            ("http://127.evil.com", .plaintext), ("https://[::1", .host),
        ]
    )
    func refuses(text: String, reason: ProviderAddressError) {
        #expect(throws: reason) { try ProviderAddress(validating: text) }
    }
}
