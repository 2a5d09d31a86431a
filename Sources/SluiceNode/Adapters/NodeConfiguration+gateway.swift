// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceGateway
import SluiceHTTP

extension NodeConfiguration {
    /// The part of this configuration that the data plane needs.
    var gateway: Gateway.Configuration {
        var server = HTTPServer.Configuration(
            host: listen.bindHost,
            port: listen.port,
            maxConnections: limits.connections
        )
        server.maxConnectionsPerAddress = limits.connectionsPerAddress
        server.limits = limits.http
        var gateway = Gateway.Configuration(server: server, loops: loopCount)
        gateway.maxInFlightPerKey = limits.inFlightPerKey
        gateway.callerStall = limits.callerStall
        gateway.crossOrigin = CrossOrigin(origins: crossOrigins)
        return gateway
    }

    /// Event loops of the data plane.
    var loopCount: Int { loops ?? Processors.count }
}

extension Limits {
    /// What both ports hold a connection to.
    var http: HTTPLimits {
        var http = HTTPLimits()
        http.headerBytes = headerBytes
        http.fieldBytes = headerFieldBytes
        http.fieldCount = headerFields
        http.uriBytes = uriBytes
        http.headerTime = headerTimeout
        http.bodyBytes = bodyBytes
        http.idleTime = idleTimeout
        return http
    }
}
