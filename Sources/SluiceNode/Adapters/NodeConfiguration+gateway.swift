// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceHTTP

extension NodeConfiguration {
    /// What the data plane is told of this configuration.
    var gateway: Gateway.Configuration {
        var server = HTTPServer.Configuration(
            host: listen.host,
            port: listen.port,
            maxConnections: limits.connections
        )
        server.maxConnectionsPerAddress = limits.connectionsPerAddress
        server.limits.headerBytes = limits.headerBytes
        server.limits.fieldBytes = limits.headerFieldBytes
        server.limits.fieldCount = limits.headerFields
        server.limits.uriBytes = limits.uriBytes
        server.limits.headerTime = limits.headerTimeout
        server.limits.bodyBytes = limits.bodyBytes
        server.limits.idleTime = limits.idleTimeout
        var gateway = Gateway.Configuration(server: server, loops: loopCount)
        gateway.maxInFlightPerKey = limits.inFlightPerKey
        gateway.callerStall = limits.callerStall
        return gateway
    }

    /// Event loops of the data plane.
    var loopCount: Int { loops ?? Processors.count }
}
