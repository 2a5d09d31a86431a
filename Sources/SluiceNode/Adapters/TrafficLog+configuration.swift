// SPDX-License-Identifier: Apache-2.0
import SluiceControl

extension NodeConfiguration.TrafficLogSettings {
    /// What the writer of the traffic log is told of this configuration.
    var writer: TrafficLog.Configuration {
        TrafficLog.Configuration(path: path, maxBytes: Int64(maxSize), files: keep + 1)
    }
}
