// SPDX-License-Identifier: Apache-2.0
import SluiceBytes
import SluiceCore

/// The text of a plan while it is put together.
struct PlanText {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ append: (inout [UInt8]) -> Void) -> Range<Int> {
        let start = bytes.count
        append(&bytes)
        return start..<bytes.count
    }

    @discardableResult
    mutating func add(_ literal: String) -> Range<Int> { add { $0.append(contentsOf: literal.utf8) } }

    mutating func add(
        _ parameter: (name: String, json: [UInt8]),
        isForced: Bool,
        rival: String
    ) -> PlannedParameter {
        let name = add(parameter.name)
        let rival = add(rival)
        let insertion = add { bytes in
            bytes.append(.comma)
            JSONString.append(parameter.name, to: &bytes)
            bytes.append(.colon)
            bytes.append(contentsOf: parameter.json)
        }
        let json = (insertion.upperBound - parameter.json.count)..<insertion.upperBound
        return PlannedParameter(name: name, json: json, insertion: insertion, isForced: isForced, rival: rival)
    }
}

/// A parameter that a version sets, by its places in the plan's text.
struct PlannedParameter: Sendable {
    var name: Range<Int>
    var json: Range<Int>
    /// `,"name":value`, to be put after the last member.
    var insertion: Range<Int>
    /// Set whatever the caller sent.
    var isForced: Bool
    /// Another name for the same, which must not stand beside it; empty where there is none.
    var rival: Range<Int>
}

extension VersionSettings {
    /// All parameters of a version, each once: those set where the caller sent none, then those set whatever he sent.
    var parameters: [(name: String, json: [UInt8], isForced: Bool)] {
        let forced = Set(overrides.map { Array($0.name.utf8) })
        let standard = defaults.filter { !forced.contains(Array($0.name.utf8)) }
        return standard.map { ($0.name, $0.json, false) } + overrides.map { ($0.name, $0.json, true) }
    }
}
