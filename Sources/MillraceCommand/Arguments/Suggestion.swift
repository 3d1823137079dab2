/// Finds what a mistyped word may have meant. Pure.
enum Suggestion {
    /// ", did you mean '--partitions'?", or nothing where no known word is near.
    static func text(for word: String, among known: [String], prefix: String = "") -> String {
        guard let best = nearest(to: word, among: known) else { return "" }
        return ", did you mean '\(prefix)\(best)'?"
    }

    static func nearest(to word: String, among known: [String]) -> String? {
        if let longer = known.filter({ $0.hasPrefix(word) && word.count >= 2 }).min() { return longer }
        let limit = max(1, word.count / 3)
        return known.map { (word: $0, distance: distance(Array(word), Array($0))) }
            .filter { $0.distance <= limit }
            .min { ($0.distance, $0.word) < ($1.distance, $1.word) }?.word
    }

    /// Insertions, removals, replacements, and neighbours that changed places.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        var before = row
        for (index, character) in left.enumerated() {
            var diagonal = row[0]
            let older = before
            before = row
            row[0] = index + 1
            for column in right.indices {
                let replaced = diagonal + (character == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
                if index > 0, column > 0, left[index] == right[column - 1], left[index - 1] == right[column] {
                    row[column + 1] = min(row[column + 1], older[column - 1] + 1)
                }
            }
        }
        return row[right.count]
    }
}
