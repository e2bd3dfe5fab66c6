/// Keeps `${NAME:default}` in one piece through the YAML parser.
///
/// In a flow mapping, `{ token: ${TOKEN} }`, the braces of a reference would end the value, and the
/// contract writes it so (design.md 5.2). Characters that mean something to YAML are replaced
/// inside references, one for one so that columns stay, by private-use characters that the text
/// does not have, and put back when a value is read.
struct ReferenceShield: Sendable {
    private static let shielded: [Unicode.Scalar] = ["{", "}", "[", "]", ",", ":", "#"]
    private let forward: [Unicode.Scalar: Unicode.Scalar]
    private let backward: [Unicode.Scalar: Unicode.Scalar]

    init(for text: String) {
        let used = Set(text.unicodeScalars.lazy.filter { (0xE000...0xF8FF).contains($0.value) })
        let free = (UInt32(0xE000)...0xF8FF).lazy.compactMap(Unicode.Scalar.init).filter { !used.contains($0) }
        let pairs = Array(zip(Self.shielded, free.prefix(Self.shielded.count)))
        forward = Dictionary(pairs) { first, _ in first }
        backward = Dictionary(pairs.map { ($1, $0) }) { first, _ in first }
    }

    /// The text with every reference that ends in its own line shielded.
    func shield(_ text: String) -> String {
        guard text.contains("${") else { return text }
        let scalars = Array(text.unicodeScalars)
        var result = String.UnicodeScalarView()
        var index = 0
        while index < scalars.count {
            if scalars[index] == "$", index + 1 < scalars.count, scalars[index + 1] == "{",
                let end = scalars[index...].firstIndex(where: { $0 == "}" || $0 == "\n" }), scalars[end] == "}"
            {
                result.append(contentsOf: scalars[index...end].map { forward[$0] ?? $0 })
                index = end + 1
            } else {
                result.append(scalars[index])
                index += 1
            }
        }
        return String(result)
    }

    /// The text as it was before.
    func reveal(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { backward[$0] != nil }) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { backward[$0] ?? $0 }))
    }
}
