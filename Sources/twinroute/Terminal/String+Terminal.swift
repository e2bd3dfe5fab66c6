extension String {
    /// Without control characters: a device chooses what its messages say, and must not move the
    /// cursor of who looks at them.
    var escapedForTerminal: String {
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
        return unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control && scalar != "\t"
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined()
    }

    /// Filled with spaces to a width, in characters.
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    /// Cut to a width, with a sign that it was.
    func cut(to width: Int) -> String {
        count > width ? prefix(width - 1) + "…" : self
    }
}
