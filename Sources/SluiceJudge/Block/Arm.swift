// SPDX-License-Identifier: Apache-2.0

/// The two sides of a comparison.
public enum Arm: String, Sendable, Hashable, Codable, CaseIterable {
    case canary
    case baseline
}
