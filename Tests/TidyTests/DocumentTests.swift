import Foundation
import Testing

@Suite("Documents")
struct DocumentTests {
    @Test("relative links lead somewhere")
    func links() {
        #expect(!SourceTree.documents.isEmpty)
        for document in SourceTree.documents {
            for link in document.text.matches(of: #/\]\(([^)\s]+)\)/#).map({ String($0.1) }) {
                guard !link.contains("://"), !link.hasPrefix("mailto:") else { continue }
                let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let target = parts[0].isEmpty ? document.path : resolve(parts[0], from: document.path)
                guard SourceTree.exists(target) else {
                    Issue.record("\(document.path) links to \(link), which is not there")
                    continue
                }
                if parts.count == 2, target.hasSuffix(".md"), let text = SourceTree.read(target) {
                    #expect(
                        anchors(of: text).contains(parts[1]), "\(document.path) links to \(link): no such heading")
                }
            }
        }
    }

    @Test("decisions are numbered without a gap and have their four parts")
    func decisions() {
        let decisions = SourceTree.documents.filter { $0.isIn("docs/decisions") }
        for (index, decision) in decisions.enumerated() {
            let number = String(format: "%04d", index + 1)
            #expect(decision.path.hasPrefix("docs/decisions/\(number)-"), "\(decision.path) should be number \(number)")
            for heading in ["## Context", "## Decision", "## Consequences", "## What would change our mind"] {
                #expect(decision.text.contains(heading), "\(decision.path) lacks \"\(heading)\"")
            }
        }
    }

    private func resolve(_ link: String, from path: String) -> String {
        var parts = path.split(separator: "/").dropLast().map(String.init)
        for part in link.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": if parts.isEmpty { return "../" + link } else { parts.removeLast() }
            default: parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }

    /// GitHub's anchors: lower case, spaces to hyphens, other punctuation dropped.
    private func anchors(of text: String) -> Set<String> {
        var found: Set<String> = []
        for line in text.split(separator: "\n") where line.hasPrefix("#") {
            let title = line.drop { $0 == "#" || $0 == " " }.lowercased()
            found.insert(
                String(
                    title.compactMap { $0 == " " ? "-" : ($0.isLetter || $0.isNumber || "-_".contains($0) ? $0 : nil) })
            )
        }
        return found
    }
}
