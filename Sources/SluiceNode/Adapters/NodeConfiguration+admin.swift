// SPDX-License-Identifier: Apache-2.0
import SluiceAdmin
import SluiceCore

extension NodeConfiguration {
    /// The part of this configuration that the admin plane needs.
    func adminServer(token: Secret<String>) -> AdminConfiguration {
        AdminConfiguration(
            host: admin.listen.bindHost,
            port: admin.listen.port,
            tokens: [AdminToken(secret: token)] + admin.tokens,
            metricsAreOpen: !admin.metricsNeedToken,
            bodyLimit: limits.adminBodyBytes
        )
    }
}
