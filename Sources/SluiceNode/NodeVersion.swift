// SPDX-License-Identifier: Apache-2.0

/// The software's version, as `sluice --version` and the status call tell it.
package enum NodeVersion {
    package static let text = "0.1.0-dev"
}
