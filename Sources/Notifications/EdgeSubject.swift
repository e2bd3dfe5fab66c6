/// The subject of an edge's events: `<twin>/relationships/<name>/<edge>` in the preview,
/// `<twin>/relationships/<edge>` in general availability (reference 1.2, 1.5).
public struct EdgeSubject: Sendable, Hashable {
    public var twinID: String
    /// The relationship's name; general availability leaves it out.
    public var relationship: String?
    public var edgeID: String

    public init(twinID: String, relationship: String?, edgeID: String) {
        self.twinID = twinID
        self.relationship = relationship
        self.edgeID = edgeID
    }

    /// Nil for text of another shape.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 || parts.count == 4, parts[1] == "relationships", !parts.contains("") else { return nil }
        twinID = parts[0]
        relationship = parts.count == 4 ? parts[2] : nil
        edgeID = parts[parts.count - 1]
    }

    public func text(in dialect: Dialect) -> String {
        if dialect == .preview, let relationship { return "\(twinID)/relationships/\(relationship)/\(edgeID)" }
        return "\(twinID)/relationships/\(edgeID)"
    }
}
