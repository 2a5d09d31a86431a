// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import ServiceLifecycle
import SluiceControl
import SluiceCore
import SluiceTelemetry

/// What a node is made of, and the services that keep it going.
struct Parts: Sendable {
    var log: Logger
    var control: ControlPlane
    var secrets: NodeSecrets
    var simulated: SimulatedProviders
    /// Labelled `applied` or `refused`.
    var reloads: MetricFamily<Counter>
    /// The bound ports, once they are.
    var dataPort: Announcement<Int>
    var adminPort: Announcement<Int>
    /// In the order of their need: the group ends them in reverse.
    var services: [any Service]
    /// Frees what outlives the services, such as threads.
    var release: @Sendable () async -> Void
}
