// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceNode

@Suite("Secrets of a configuration")
struct SecretTests {
    private static let key = "kq7ZtWn2Xv9Rb4Ls8Pd1"

    private static func provider(_ key: String) -> String {
        "providers: {p: {dialect: openai, base_url: \"https://x\", api_key: \"\(key)\"}}"
    }

    @Test("white space around a secret is no part of it", arguments: ["\n", "\r\n", "\r", " ", "\t"])
    func trimmed(space: String) throws {
        let environment = ["K": space + SecretTests.key + space]
        let text = SecretTests.provider("${K}") + "\nadmin: {token: \"${K}\"}"
        let configuration = try Sample.read(text, environment)
        #expect(configuration.providers[0].provider.apiKey?.exposed == SecretTests.key)
        #expect(configuration.givenAdminToken?.exposed == SecretTests.key)
        let keys = try Sample.read("keys: [{name: a, key: \"${K}\"}]", environment).keys
        #expect(keys[0].text.exposed == SecretTests.key)
    }

    @Test("quotes that stayed around a secret are refused, and the secret is not shown", arguments: ["\"", "'", "`"])
    func quotes(quote: String) {
        let environment = ["K": quote + SecretTests.key + quote, "H": SecretTests.key + quote]
        let texts = [
            SecretTests.provider("${K}"), SecretTests.provider("${H}"), "admin: {token: \"${K}\"}",
            "keys: [{name: a, key: \"${K}\"}]", "admin: {tokens: [{name: a, role: viewer, token: \"${K}\"}]}",
        ]
        for text in texts {
            let errors = Sample.errors(text, environment)
            #expect(errors.contains { $0.contains("quote") }, "\(text) \(errors)")
            #expect(!errors.contains { $0.contains(SecretTests.key) })
        }
    }

    @Test(
        "two who show the same secret are refused, and both are named",
        arguments: [
            (
                "admin: {token: KEY, tokens: [{name: eve, role: viewer, token: KEY}]}",
                "the admin token and the admin token 'eve'"
            ),
            (
                "admin: {tokens: [{name: a, role: owner, token: KEY}, {name: b, role: viewer, token: KEY}]}",
                "the admin token 'a' and the admin token 'b'"
            ),
            ("admin: {token: KEY}\nkeys: [{name: app, key: KEY}]", "the admin token and the caller key 'app'"),
            (
                "admin: {tokens: [{name: ci, role: operator, token: KEY}]}\nkeys: [{name: app, key: KEY}]",
                "the admin token 'ci' and the caller key 'app'"
            ),
        ]
    )
    func twice(text: String, names: String) {
        let errors = Sample.errors(text.replacing("KEY", with: SecretTests.key))
        #expect(errors.contains { $0.contains(names) && $0.contains("same secret") }, "\(errors)")
        #expect(!errors.contains { $0.contains(SecretTests.key) })
    }

    @Test("credentials in a base URL are refused for that, and not shown")
    func credentialsInURL() {
        let text = "providers: {p: {dialect: openai, base_url: \"https://me:hunter2@api.example.com/v1\"}}"
        let errors = Sample.errors(text)
        #expect(errors.contains { $0.contains("user name or a password") && $0.contains("api_key") }, "\(errors)")
        #expect(!errors.contains { $0.contains("hunter2") })
    }

    @Test("a key is taken from a file, and what the file held is kept to see a change")
    func file() async throws {
        try await Folder.with { folder in
            let path = "\(folder.path)/key"
            try folder.write(SecretTests.key + "\n", to: path)
            for line in ["api_key_file: \(path)", "api_key: \"${file:\(path)}\"", "api_key_file: key"] {
                try folder.write("providers: {p: {dialect: openai, base_url: \"https://x\", \(line)}}")
                let configuration = try NodeConfiguration.load(
                    folder.file,
                    environment: [:],
                    now: Timestamp(milliseconds: 1)
                )
                #expect(configuration.providers[0].provider.apiKey?.exposed == SecretTests.key)
                #expect(configuration.secretFiles.mapValues(\.exposed) == [path: SecretTests.key])
            }
        }
    }

    @Test("a secret's file that is not there stops the start, and only warns where the file is looked at elsewhere")
    func missingFile() throws {
        for line in ["api_key_file: /nowhere/key", "api_key: \"${file:/nowhere/key}\""] {
            let text = "providers: {p: {dialect: openai, base_url: \"https://x\", \(line)}}"
            let errors = Sample.errors(text)
            #expect(errors.contains { $0.contains("/nowhere/key: there is no such file") }, "\(errors)")
            let read = try NodeConfiguration.read(
                text,
                file: "/etc/sluice.yaml",
                environment: [:],
                toleratesMissingFiles: true,
                now: Timestamp(milliseconds: 1)
            )
            #expect(read.warnings.contains { $0.message.contains("/nowhere/key") })
        }
    }

    @Test("api_key and api_key_file are not given together")
    func both() {
        let text = "providers: {p: {dialect: openai, base_url: \"https://x\", api_key: a, api_key_file: b}}"
        #expect(Sample.errors(text).contains { $0.contains("not both") })
    }

    @Test("a changed file is news once; one that is gone or empty is waited for")
    func change() {
        var change = SecretChange()
        let seen: [[String: String]] = [
            ["/a": "one"], [:], ["/a": ""], ["/a": "two"],
            // The reload was refused: it is not tried again and again.
            ["/a": "two"], ["/a": "three"],
        ]
        let news = seen.map { change.isNews($0, inForce: ["/a": "one"]) }
        #expect(news == [false, false, false, true, false, true])
    }
}
