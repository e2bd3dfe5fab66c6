import Signing

/// `SharedAccessSignature sr=…&sig=…&se=…&skn=…` (reference 4.4).
struct SharedAccessSignature: Sendable, Hashable {
    /// As it came: it is what was signed, whatever way its maker encodes.
    var resource: String
    /// Percent-decoded base64.
    var signature: String
    /// Seconds since 1970.
    var expiry: Int64
    var keyName: String

    static let prefix = "SharedAccessSignature "

    /// Nil where a part is missing or the text is something else.
    init?(_ text: String) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        var parts: [Substring: Substring] = [:]
        for part in text.dropFirst(Self.prefix.count).split(separator: "&") {
            guard let equals = part.firstIndex(of: "=") else { return nil }
            parts[part[..<equals]] = part[part.index(after: equals)...]
        }
        guard let resource = parts["sr"], let signature = parts["sig"], let expiry = parts["se"].flatMap({ Int64($0) }),
            let name = parts["skn"]
        else { return nil }
        self.resource = String(resource)
        self.signature = String(signature).percentDecoded
        self.expiry = expiry
        // The Python clients encode a name twice.
        keyName = String(name).percentDecoded.percentDecoded
    }

    func isSigned(with key: String) -> Bool {
        let expected = Signature.hmacSHA256(Array("\(resource)\n\(expiry)".utf8), key: Array(key.utf8))
        return Signature.areEqual(Array(Signature.base64(expected).utf8), Array(signature.utf8))
    }

    /// The path that it covers.
    var path: String { Self.path(of: resource.percentDecoded) }

    /// A resource's path, in lower case and without scheme and host.
    static func path(of uri: String) -> String {
        var text = uri[...]
        if let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") {
            text = text[text.index(colon, offsetBy: 3)...]
            text = text.firstIndex(of: "/").map { text[$0...] } ?? ""
        }
        return text.split(separator: "/").joined(separator: "/").lowercased()
    }
}
