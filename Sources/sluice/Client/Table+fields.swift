// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SluiceAdminModel

extension Table {
    /// The members that a shape shows in tables, one shape a row.
    init<Shape: DescribedShape>(of shapes: [Shape]) {
        let shown = Shape.fields.compactMap { field in field.column.map { (field, $0) } }
        self.init(
            columns: shown.map { _, column in
                switch column {
                case .text(let name): .text(name)
                case .number(let name): .number(name)
                }
            }
        )
        for shape in shapes { add(cells: shown.map { field, _ in field.text(shape) }) }
    }

    /// The members that a shape shows in tables, one below the other.
    static func list<Shape: DescribedShape>(of shape: Shape) -> String {
        list(Shape.fields.compactMap { field in field.column.map { ($0.name, field.text(shape)) } })
    }
}

extension ArgumentHelp {
    /// What a member of a body says, as the OpenAPI document has it.
    static func about<Shape: DescribedShape>(_ member: String, of shape: Shape.Type) -> ArgumentHelp {
        ArgumentHelp(shape.about(member))
    }
}
