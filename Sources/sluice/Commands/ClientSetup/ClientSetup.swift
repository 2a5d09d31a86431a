// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// What to paste into a client that is to speak to a relay.
struct ClientSetup {
    /// Where the relay listens, without a path.
    let origin: String
    let route: String
    /// `nil` leaves it to the environment.
    let key: String?

    /// The variable that holds the key where it is not written down.
    static let variable = "SLUICE_KEY"

    enum Client: String, CaseIterable {
        case curl, openai, anthropic, google, langchain
        case claudeCode = "claude-code"
        case codex

        var title: String {
            switch self {
            case .curl: "curl"
            case .openai: "OpenAI's library for Python (pip install openai)"
            case .anthropic: "Anthropic's library for Python (pip install anthropic)"
            case .google: "Google's library for Python (pip install google-genai)"
            case .langchain: "LangChain (pip install langchain-openai)"
            case .claudeCode: "Claude Code"
            case .codex: "Codex: ~/.codex/config.toml"
            }
        }
    }

    /// - Throws: a message that names the option at fault.
    init(url: String, route: String, key: String?) throws(CommandFailure) {
        guard let rest = ["http://", "https://"].first(where: { url.hasPrefix($0) }).map({ url.dropFirst($0.count) }),
            let host = rest.first, host != "/", url.utf8.allSatisfy({ ClientSetup.isPlain($0) })
        else {
            throw .usage("--url must be a URL such as http://127.0.0.1:4000, is \(url)")
        }
        guard !route.isEmpty, route.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw .usage("--route must name a route, or one of its aliases.")
        }
        if let key, key.isEmpty || !key.utf8.allSatisfy({ ClientSetup.isPlain($0) }) {
            throw .usage("--key must be a key as `sluice key create` shows it.")
        }
        var origin = url[...]
        while origin.last == "/" { origin.removeLast() }
        if origin.hasSuffix("/v1") { origin.removeLast(3) }
        self.origin = String(origin)
        self.route = route
        self.key = key
    }

    /// Visible ASCII that needs no escape in any of the texts.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !#""'\`$"#.utf8.contains(byte)
    }

    /// Everything there is, each under its name.
    var all: String {
        let note =
            key == nil
            ? "# The key is read from the environment: export \(ClientSetup.variable)=…\n\n"
            : "# The key stands in these texts: keep them to yourself.\n\n"
        return note
            + Client.allCases.map { "# ---- \($0.title)\n\n\(text(for: $0))" }.joined(separator: "\n")
    }

    /// What one client is given, and nothing else: a script that runs, or a file.
    func text(for client: Client) -> String {
        switch client {
        case .curl: curl
        case .openai:
            python(
                "from openai import OpenAI",
                """
                client = OpenAI(base_url="\(origin)/v1", api_key=\(pythonKey))
                answer = client.chat.completions.create(
                    model=\(name), messages=[{"role": "user", "content": "Say hello."}]
                )
                print(answer.choices[0].message.content)
                """
            )
        case .anthropic:
            python(
                "from anthropic import Anthropic",
                """
                client = Anthropic(base_url="\(origin)", api_key=\(pythonKey))
                answer = client.messages.create(
                    model=\(name), max_tokens=1024, messages=[{"role": "user", "content": "Say hello."}]
                )
                print(answer.content[0].text)
                """
            )
        case .google:
            python(
                "from google import genai",
                """
                client = genai.Client(api_key=\(pythonKey), http_options={"base_url": "\(origin)"})
                print(client.models.generate_content(model=\(name), contents="Say hello.").text)
                """
            )
        case .langchain:
            python(
                "from langchain_openai import ChatOpenAI",
                """
                model = ChatOpenAI(base_url="\(origin)/v1", api_key=\(pythonKey), model=\(name))
                print(model.invoke("Say hello.").content)
                """
            )
        case .claudeCode:
            """
            export ANTHROPIC_BASE_URL='\(origin)'
            export ANTHROPIC_AUTH_TOKEN=\(shellKey)
            claude --model \(quoted(route))

            """
        case .codex:
            """
            # The key: export \(ClientSetup.variable)=\(key ?? "…")
            model = \(name)
            model_provider = "sluice"

            [model_providers.sluice]
            name = "sluice"
            base_url = "\(origin)/v1"
            env_key = "\(ClientSetup.variable)"
            wire_api = "responses"

            """
        }
    }

    private var curl: String {
        let body = #"{"model": \#(name), "messages": [{"role": "user", "content": "Say hello."}]}"#
        return """
            curl '\(origin)/v1/chat/completions' \\
              -H "Authorization: Bearer \(key ?? "$\(ClientSetup.variable)")" \\
              -H 'Content-Type: application/json' \\
              -d \(quoted(body))

            """
    }

    private func python(_ library: String, _ lines: String) -> String {
        (key == nil ? "import os\n\n" : "") + "\(library)\n\n\(lines)\n"
    }

    private var pythonKey: String { key.map { "\"\($0)\"" } ?? "os.environ[\"\(ClientSetup.variable)\"]" }
    private var shellKey: String { key.map { "'\($0)'" } ?? "\"$\(ClientSetup.variable)\"" }

    /// The route as a string of JSON, Python and TOML.
    private var name: String {
        var bytes: [UInt8] = []
        JSONString.append(route, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// As one word of a shell.
    private func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}
