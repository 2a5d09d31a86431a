// SPDX-License-Identifier: Apache-2.0

/// Rows in aligned columns: plain text, the same on a terminal and in a pipe.
struct Table {
    struct Column {
        var name: String
        var isNumber = false

        static func text(_ name: String) -> Column { Column(name: name) }
        static func number(_ name: String) -> Column { Column(name: name, isNumber: true) }
    }

    var columns: [Column]
    var rows: [[String]] = []

    init(_ columns: Column...) { self.columns = columns }

    init(columns: [Column]) { self.columns = columns }

    /// Adds a row; what is not known is a dash.
    mutating func add(_ cells: String?...) { add(cells: cells) }

    mutating func add(cells: [String?]) {
        rows.append(cells.map { $0.map(Terminal.clean) ?? "-" })
    }

    /// The table with its heading; `nothing` where there are no rows.
    func text(nothing: String) -> String {
        guard !rows.isEmpty else { return nothing }
        let all = [columns.map { $0.name.uppercased() }] + rows
        let widths = columns.indices.map { index in all.map { $0[index].count }.max() ?? 0 }
        return all.map { row in
            let line = row.enumerated().map { index, cell in
                let space = String(repeating: " ", count: widths[index] - cell.count)
                return columns[index].isNumber ? space + cell : cell + space
            }
            .joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        .joined(separator: "\n")
    }

    /// Names and values, one below the other; what is not known is left out.
    static func list(_ pairs: [(String, String?)]) -> String {
        let known = pairs.compactMap { name, value in value.map { (name, Terminal.clean($0)) } }
        let width = known.map(\.0.count).max() ?? 0
        return known.map { name, value in
            name + String(repeating: " ", count: width - name.count) + "  " + value
        }
        .joined(separator: "\n")
    }
}

/// Numbers as people read them.
enum Show {
    /// 0.0512 as `5.12%`.
    static func share(_ value: Double) -> String { "\(decimal(value * 100, 2))%" }

    static func milliseconds(_ value: Double?) -> String? { value.map { "\(decimal($0, $0 < 10 ? 2 : 0)) ms" } }

    static func dollars(_ value: Double?, _ digits: Int = 6) -> String? { value.map { "$\(decimal($0, digits))" } }

    /// At most so many decimals, without zeros at the end.
    static func decimal(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        let scale = (0..<digits).reduce(1.0) { product, _ in product * 10 }
        let scaled = Int64((abs(value) * scale).rounded())
        let whole = scaled / Int64(scale)
        let rest = scaled % Int64(scale)
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard rest != 0 else { return "\(sign)\(whole)" }
        let padded = String(String(rest + Int64(scale)).dropFirst())
        return "\(sign)\(whole)." + String(padded.reversed().drop { $0 == "0" }.reversed())
    }
}
