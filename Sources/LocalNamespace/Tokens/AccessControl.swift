import Signing

/// Who may do what. Without rules everybody may do everything: whoever reaches the loopback address
/// may use the namespace.
struct AccessControl: Sendable {
    /// What a token or a login allows until it expires.
    struct Grant: Sendable, Hashable {
        /// Everything below it is covered; empty: the whole namespace.
        var path: String
        var rule: String
        var claims: Set<AccessRule.Claim>
        /// Nil: as long as the connection.
        var expiresAt: Milliseconds?

        func covers(_ path: String, _ claim: AccessRule.Claim, at now: Milliseconds) -> Bool {
            guard expiresAt.map({ $0 > now }) ?? true, claims.contains(claim) || claims.contains(.manage) else { return false }
            return self.path.isEmpty || path == self.path || path.hasPrefix(self.path + "/")
        }
    }

    enum Verdict: Sendable, Hashable {
        case granted(Grant)
        case refused(String)
    }

    var rules: [AccessRule]
    /// Of access tokens; nil: none is taken where there are rules.
    var issuer: TokenIssuer?

    var isOpen: Bool { rules.isEmpty && issuer == nil }

    /// - Parameters:
    ///   - audience: the resource that the token is put for, a URI; nil: what the token says.
    ///   - isRefused: whether a fault takes a key out of use.
    func verify(
        token text: String, audience: String?, at now: Milliseconds, isRefused: (String, Bool) -> Bool = { _, _ in false }
    ) -> Verdict {
        guard let token = SharedAccessSignature(text) else {
            if let issuer { return verify(accessToken: text, of: issuer, audience: audience, at: now) }
            return isOpen
                ? .granted(Grant(path: "", rule: "", claims: [.manage]))
                : .refused("the token is no SharedAccessSignature; the local namespace has keys, and no directory to check others")
        }
        let (expiry, overflows) = token.expiry.multipliedReportingOverflow(by: 1000)
        guard !overflows, expiry > now else { return .refused("ExpiredToken: the token's time is over") }
        if isOpen {
            guard !isRefused(token.keyName, true) else { return .refused("InvalidSignature: the key is refused on request") }
            return .granted(Grant(path: "", rule: token.keyName, claims: [.manage], expiresAt: expiry))
        }
        guard let rule = rules.first(where: { $0.name == token.keyName }),
            let key = rule.keys.first(where: { token.isSigned(with: $0) }), !isRefused(rule.name, key == rule.primaryKey)
        else { return .refused("InvalidSignature: the token has an invalid signature") }
        let grant = Grant(path: token.path, rule: rule.name, claims: rule.claims, expiresAt: expiry)
        let wanted = audience.map { SharedAccessSignature.path(of: $0) } ?? token.path
        guard grant.path.isEmpty || wanted == grant.path || wanted.hasPrefix(grant.path + "/") else {
            return .refused("InvalidAudience: the token is for '\(token.path)', not for '\(wanted)'")
        }
        return .granted(grant)
    }

    /// It is for the whole service; what it is put for is what it is good for then.
    private func verify(
        accessToken text: String, of issuer: TokenIssuer, audience: String?, at now: Milliseconds
    ) -> Verdict {
        do throws(TokenIssuer.Refusal) {
            let expiry = try issuer.verify(text, for: .messaging, at: now)
            let path = audience.map { SharedAccessSignature.path(of: $0) } ?? ""
            return .granted(Grant(path: path, rule: "", claims: [.manage], expiresAt: expiry))
        } catch {
            return .refused(error.reason)
        }
    }

    /// SASL PLAIN: rule name and key, as they stand (reference 4.2).
    func login(user: String?, password: String?, isRefused: (String, Bool) -> Bool) -> Grant? {
        if isOpen { return isRefused(user ?? "", true) ? nil : Grant(path: "", rule: user ?? "", claims: [.manage]) }
        guard let rule = rules.first(where: { $0.name == user }), let password,
            rule.keys.contains(where: { Signature.areEqual(Array($0.utf8), Array(password.utf8)) }),
            !isRefused(rule.name, password == rule.primaryKey)
        else { return nil }
        return Grant(path: "", rule: rule.name, claims: rule.claims)
    }
}
