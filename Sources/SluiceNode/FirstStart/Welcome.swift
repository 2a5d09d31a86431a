// SPDX-License-Identifier: Apache-2.0
package import SluiceCore

/// What the first start made and shows this once.
package struct FirstStart: Sendable {
    package var adminToken: Secret<String>
    /// Where the admin token is kept.
    package var adminTokenFile: String
    package var callerKey: Secret<String>
}

/// Where a node listens.
package struct NodeAddresses: Sendable, Equatable {
    package var data: ListenAddress
    package var admin: ListenAddress

    /// What applications set as their base URL.
    package var baseURL: String { "http://\(data.clientHost):\(data.port)/v1" }
    /// What operators set as `SLUICE_ADMIN_URL`.
    package var adminURL: String { "http://\(admin.clientHost):\(admin.port)" }
}

/// What `serve` prints once it serves; the only text that ever shows a secret, on the first start.
package struct Welcome: Sendable {
    package var file: String
    package var wroteFile: Bool
    package var addresses: NodeAddresses
    package var firstStart: FirstStart?
    package var route: String

    package init(
        file: String,
        wroteFile: Bool,
        addresses: NodeAddresses,
        firstStart: FirstStart?,
        route: String
    ) {
        self.file = file
        self.wroteFile = wroteFile
        self.addresses = addresses
        self.firstStart = firstStart
        self.route = route
    }

    package var text: String {
        let addresses = """
            Sluice \(NodeVersion.text) serves.
              applications  \(addresses.baseURL)
              operators     \(addresses.adminURL)/v1/admin
              configuration \(file)\(wroteFile ? " (written just now)" : "")

            """
        guard let firstStart else { return addresses }
        return addresses + secrets(firstStart) + examples(key: firstStart.callerKey.exposed)
    }

    private func secrets(_ firstStart: FirstStart) -> String {
        """

        Shown this once:
          admin token   \(firstStart.adminToken.exposed)   (kept in \(firstStart.adminTokenFile))
          caller key    \(firstStart.callerKey.exposed)   (kept as a hash; more by `sluice key create NAME`)

        """
    }

    private func examples(key: String) -> String {
        """

        No provider is configured yet: a built-in simulated one answers. Try it:

        curl -s \(addresses.baseURL)/chat/completions -H "Authorization: Bearer \(key)" -H "Content-Type: application/json" -d '{"model": "\(route)", "messages": [{"role": "user", "content": "Hello"}]}'

        Or with the official SDK (pip install openai):

        from openai import OpenAI
        client = OpenAI(base_url="\(addresses.baseURL)", api_key="\(key)")
        answer = client.chat.completions.create(model="\(route)", messages=[{"role": "user", "content": "Hello"}])
        print(answer.choices[0].message.content)
        print(answer.usage)

        Then release a change: v2 waits in staging. While requests come in, it is judged, and promoted or taken back:

        sluice version list
        sluice rollout start v2 --plan quick
        sluice rollout show

        (sluice demo plays all of it, with callers, in a minute.)

        """
    }
}
