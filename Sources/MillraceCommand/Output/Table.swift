/// Rows for people: columns that stand under each other. Numbers are aligned to the right. Pure.
struct Table: Sendable {
    let heads: [String]
    private(set) var rows: [[String]] = []

    init(_ heads: String...) { self.heads = heads }

    mutating func append(_ cells: String...) {
        precondition(cells.count == heads.count, "\(cells.count) cells under \(heads.count) heads")
        rows.append(cells.map { $0.isEmpty ? "-" : Table.oneLine($0) })
    }

    var text: String {
        let all = [heads] + rows
        let widths = heads.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let isNumeric = heads.indices.map { column in
            !rows.isEmpty && rows.allSatisfy { Table.isNumber($0[column]) }
        }
        return all.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                let isLast = column == row.count - 1
                line += isNumeric[column] ? padding + cell : isLast ? cell : cell + padding
                if !isLast { line += "  " }
            }
            return line + "\n"
        }.joined()
    }

    private static func isNumber(_ cell: String) -> Bool { cell == "-" || Double(cell) != nil }

    private static func oneLine(_ cell: String) -> String {
        String(cell.map { $0.isNewline || $0 == "\t" ? " " : $0 })
    }
}
