import HeaderSerialization
public import Notifications

/// Takes secrets out of what is shown. Errors hold none; but what a far side says may repeat what it
/// was told.
public struct Redaction: Sendable {
    private let hidden: [String]

    /// Shorter ones are hidden as whole words only: within others they would make everything unreadable,
    /// and so show what they are.
    private static let shortest = 8

    public init(_ secrets: [Secret] = []) {
        let texts = secrets.map(\.revealed).filter { !$0.isEmpty }
        // Longest first: a secret may begin another.
        hidden = Set(texts + texts.map { PercentEncoding.encode($0) }).sorted { ($1.count, $0) < ($0.count, $1) }
    }

    /// Without the secrets, and without control characters: a far side chooses what it says, and must
    /// not move the cursor.
    public func callAsFunction(_ text: String) -> String {
        var shown = text
        for secret in hidden { shown = Self.withoutCut(secret, Self.without(secret, shown)) }
        shown = TokenMask.masked(shown)
        return String(String.UnicodeScalarView(shown.unicodeScalars.map { Self.isControl($0) ? " " : $0 }))
    }

    private static func without(_ secret: String, _ text: String) -> String {
        var shown = ""
        var rest = text[...]
        while let found = rest.firstRange(of: secret) {
            let before = found.lowerBound == text.startIndex ? nil : text[text.index(before: found.lowerBound)]
            let after = found.upperBound == text.endIndex ? nil : text[found.upperBound]
            let isWord = !(before.map { $0.isLetter || $0.isNumber } ?? false) && !(after.map { $0.isLetter || $0.isNumber } ?? false)
            shown += rest[..<found.lowerBound] + (isWord || secret.count >= shortest ? Secret.mask : secret)
            rest = rest[found.upperBound...]
        }
        return shown + rest
    }

    /// A text that was cut may end within a secret.
    private static func withoutCut(_ secret: String, _ text: String) -> String {
        guard secret.utf8.count > shortest else { return text }
        for count in stride(from: min(secret.count, text.count), through: shortest, by: -1) where text.hasSuffix(secret.prefix(count)) {
            return text.dropLast(count) + Secret.mask
        }
        return text
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
}
