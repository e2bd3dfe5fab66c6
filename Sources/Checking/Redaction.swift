import HeaderSerialization
public import Notifications

/// Takes secrets out of what is shown. Errors hold none; but what a far side says may repeat what it
/// was told.
public struct Redaction: Sendable {
    private let hidden: [String]

    public init(_ secrets: [Secret] = []) {
        let texts = secrets.map(\.revealed).filter { !$0.isEmpty }
        // Longest first: a secret may begin another.
        hidden = Set(texts + texts.map { PercentEncoding.encode($0) }).sorted { ($1.count, $0) < ($0.count, $1) }
    }

    /// Without the secrets, and without control characters: a far side chooses what it says, and must
    /// not move the cursor.
    public func callAsFunction(_ text: String) -> String {
        var shown = text
        for secret in hidden { shown = shown.replacing(secret, with: Secret.mask) }
        return String(String.UnicodeScalarView(shown.unicodeScalars.map { Self.isControl($0) ? " " : $0 }))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
}
