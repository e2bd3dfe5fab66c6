import Filters
import Notifications
import Yams

extension Kind where Value == String {
    /// A filter that parses; a fault stands at its place inside the text.
    static let filter = Kind<String>.text("a filter").checked { text, node, reading in
        do throws(FilterError) {
            _ = try Filter(parsing: text)
        } catch {
            var shown = error
            shown.suggestion = nil
            let isPlain = reading.texts[reading.path] != nil
            // The text at the place may be what a variable holds.
            if !isPlain { shown.found = "…" }
            let words = shown.description.dropFirst("\(error.position): ".count)
            let remedy = (isPlain ? error.suggestion : nil) ?? "see docs/filters.md"
            let offset = text.scalars(before: error.position.offset)
            let place = isPlain ? "" : ", at its character \(offset + 1) once variables are read"
            reading.fault(
                at: reading.position(in: text, offset: offset, of: node), "\(reading.path)\(place): \(words)", remedy: remedy)
        }
    }
}

extension Reading {
    /// A place inside the text of the field that is being read; its start where variables are part
    /// of the text.
    func position(in text: String, offset: Int, of node: Node) -> SourcePosition {
        guard texts[path] != nil, let field = positions[path] else { return node.position }
        return source.position(of: offset, in: text, of: field)
    }
}

extension String {
    /// Unicode scalars in the first `bytes` bytes of UTF-8.
    func scalars(before bytes: Int) -> Int {
        utf8.prefix(bytes).reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
    }
}
