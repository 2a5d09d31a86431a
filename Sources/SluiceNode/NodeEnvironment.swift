// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// The environment of this process: what `${NAME}` in a configuration file is taken from.
package enum NodeEnvironment {
    package static var all: [String: String] { ProcessInfo.processInfo.environment }
}
