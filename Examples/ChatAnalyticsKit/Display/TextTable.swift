/// A table in plain text: columns as wide as their widest cell, numbers to the right. Pure.
public struct TextTable: Sendable {
    public struct Column: Sendable {
        public var title: String
        public var isNumber: Bool

        public static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
        public static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
    }

    public var title: String
    public var columns: [Column]
    public private(set) var rows: [[String]] = []

    public init(_ title: String, _ columns: [Column]) {
        self.title = title
        self.columns = columns
    }

    /// Control characters of a cell become `?`: what strangers wrote shall not drive the terminal.
    public mutating func append(_ cells: String...) {
        precondition(cells.count == columns.count, "\(cells.count) cells in a table of \(columns.count) columns")
        rows.append(cells.map(TextTable.printable))
    }

    public var lines: [String] {
        var widths = columns.map(\.title.count)
        for row in rows {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) }
        }
        let head = zip(columns, widths).map { pad($0.0.title, $0.1, right: $0.0.isNumber) }
        let rule = widths.map { String(repeating: "─", count: $0) }
        let body = rows.map { row in
            row.indices.map { pad(row[$0], widths[$0], right: columns[$0].isNumber) }
        }
        return [title] + ([head, rule] + body).map { ("  " + $0.joined(separator: "  ")).trimmingEnd() }
    }

    public static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }

    private func pad(_ text: String, _ width: Int, right: Bool) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return right ? space + text : text + space
    }
}

extension String {
    fileprivate func trimmingEnd() -> String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}

/// A number with its thousands apart: 220,271.
public func grouped(_ number: some BinaryInteger) -> String {
    let digits = Array(String(number.magnitude))
    var text = ""
    for (index, digit) in digits.enumerated() {
        if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
        text.append(digit)
    }
    return (number < 0 ? "-" : "") + text
}

/// `[#####-----]  50 %`
public func progressBar(done: Int, of total: Int, width: Int = 24) -> String {
    let share = total > 0 ? Double(min(done, total)) / Double(total) : 1
    let filled = Int(share * Double(width))
    let percent = Int(share * 100)
    return "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
        + "] \(percent < 100 ? " " : "")\(percent < 10 ? " " : "")\(percent) %"
}
