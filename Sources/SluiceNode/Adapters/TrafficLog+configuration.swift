// SPDX-License-Identifier: Apache-2.0
import SluiceControl

extension NodeConfiguration.TrafficLogSettings {
    /// The part of this configuration that the writer of the traffic log needs.
    var writer: TrafficLog.Configuration {
        TrafficLog.Configuration(path: path, maxBytes: Int64(maxSize), files: keep + 1)
    }
}
