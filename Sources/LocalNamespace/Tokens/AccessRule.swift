/// A shared access policy: a name, two keys, and what they allow.
public struct AccessRule: Sendable, Hashable {
    public enum Claim: String, Sendable, Hashable, CaseIterable {
        case send = "Send"
        case listen = "Listen"
        case manage = "Manage"
    }

    public var name: String
    public var primaryKey: String
    public var secondaryKey: String?
    public var claims: Set<Claim>

    public init(name: String, primaryKey: String, secondaryKey: String? = nil, claims: Set<Claim> = Set(Claim.allCases)) {
        self.name = name
        self.primaryKey = primaryKey
        self.secondaryKey = secondaryKey
        self.claims = claims
    }

    var keys: [String] { [primaryKey] + (secondaryKey.map { [$0] } ?? []) }

    func allows(_ claim: Claim) -> Bool { claims.contains(claim) || claims.contains(.manage) }
}
