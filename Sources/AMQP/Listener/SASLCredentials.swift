/// The SASL mechanisms that a listener can offer.
public enum SASLMechanism: String, Sendable, Hashable, CaseIterable {
    case anonymous = "ANONYMOUS"
    case plain = "PLAIN"
    case external = "EXTERNAL"
    /// Azure's own, taken like ANONYMOUS: the token follows on `$cbs`.
    case mssbcbs = "MSSBCBS"
}

/// What a client brought to log in with.
public struct SASLCredentials: Sendable {
    public let mechanism: SASLMechanism
    /// PLAIN: the authentication identity. EXTERNAL: the authorization identity, where one was
    /// asked for. ANONYMOUS: the trace text. Nil where empty.
    public let user: String?
    /// PLAIN only.
    public let password: String?

    /// Nil when the response is not what the mechanism wants (PLAIN: RFC 4616, three parts between
    /// zero bytes, in UTF-8).
    init?(mechanism: SASLMechanism, response: UnsafeRawBufferPointer) {
        self.mechanism = mechanism
        guard mechanism == .plain else {
            user = response.isEmpty ? nil : String(decoding: response, as: UTF8.self)
            password = nil
            return
        }
        let parts = response.split(separator: 0, omittingEmptySubsequences: false)
        guard parts.count == 3, let user = String(validating: parts[1], as: UTF8.self),
            let password = String(validating: parts[2], as: UTF8.self), !user.isEmpty
        else { return nil }
        self.user = user
        self.password = password
    }
}
