// SPDX-License-Identifier: Apache-2.0

/// A JSON Schema of Draft 2020-12, compiled once.
///
/// All of the core, applicator, unevaluated and validation vocabularies; `format` and `content…` are notes, as the draft has them
/// by default. References lead to the document itself (and to documents handed in), nothing is ever fetched. A check ends within
/// its budget, whatever schema and value are: patterns are matched in linear time, and what goes beyond the budget or needs
/// something that is not known is `undecided`, never a failure.
package struct JSONSchema: Sendable {
    let nodes: [SchemaNode]
    let resources: [SchemaResource]

    /// Steps of a check, of subschemas and of patterns.
    package static let budget = 2_000_000
    /// Subschemas inside each other, references counted.
    static let deepest = 400

    /// - Parameter others: documents that references may lead to, by their URI.
    package init(_ schema: ExactJSON, others: [String: ExactJSON] = [:]) throws(SchemaFault) {
        let compiler = try SchemaCompiler(schema, others: others)
        nodes = compiler.nodes.map(SchemaNode.init)
        resources = compiler.resources
    }

    package enum Verdict: Sendable, Equatable {
        case fits
        case fails(Failure)
        /// Why it cannot be told.
        case undecided(String)

        /// Absent where it cannot be told.
        package var fits: Bool? {
            switch self {
            case .fits: true
            case .fails: false
            case .undecided: nil
            }
        }
    }

    /// The first keyword that a value does not satisfy.
    package struct Failure: Sendable, Equatable, CustomStringConvertible {
        package var keyword: String
        /// A JSON pointer into the value.
        package var place: String

        package init(keyword: String, place: String) {
            self.keyword = keyword
            self.place = place
        }

        package var description: String { "\(place.isEmpty ? "the value" : place) does not satisfy \(keyword)" }
    }

    package func verdict(on value: ExactJSON, budget: Int = JSONSchema.budget) -> Verdict {
        var check = SchemaCheck(self, budget: budget)
        let fits = check.fits(0, value, evaluated: nil) != nil
        if let fault = check.fault { return .undecided(fault) }
        return fits ? .fits : .fails(check.failure ?? Failure(keyword: "the schema", place: ""))
    }
}
