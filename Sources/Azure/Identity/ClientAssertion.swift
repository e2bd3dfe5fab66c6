import Foundation
import Signing

/// What an application says of itself, for a few minutes (RFC 7523, 3). Header and claims are those
/// that the documentation of Entra ID names, "certificate credentials": `PS256` and `x5t#S256`.
struct ClientAssertion: Sendable, Hashable {
    static let life: Int64 = 600

    var client: String
    /// The token endpoint.
    var audience: String
    /// Seconds since 1970.
    var now: Int64
    var id = UUID().uuidString.lowercased()

    /// `nil` where the key cannot sign.
    func signed(with certificate: ClientCertificate) -> String? {
        let header = Header(thumbprint: Base64URL.encode(certificate.thumbprint))
        let claims = Claims(
            aud: audience, exp: now + Self.life, iat: now, iss: client, jti: id, nbf: now, sub: client)
        guard let header = Self.part(header), let claims = Self.part(claims) else { return nil }
        let text = "\(header).\(claims)"
        return certificate.signPS256(Array(text.utf8)).map { "\(text).\(Base64URL.encode($0))" }
    }

    private struct Header: Encodable {
        var alg = "PS256"
        var typ = "JWT"
        var thumbprint: String

        enum CodingKeys: String, CodingKey {
            case alg, typ
            case thumbprint = "x5t#S256"
        }
    }

    private struct Claims: Encodable {
        var aud: String
        var exp: Int64
        var iat: Int64
        var iss: String
        var jti: String
        var nbf: Int64
        var sub: String
    }

    private static func part(_ value: some Encodable) -> String? {
        (try? JSONEncoder().encode(value)).map { Base64URL.encode(Array($0)) }
    }
}
