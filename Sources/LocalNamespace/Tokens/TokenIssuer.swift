import Foundation
import Signing

/// A directory whose access tokens the namespace takes, as far as their signature, time and audience
/// say; roles are given elsewhere, and a token that passes may do all with what it is put for.
struct TokenIssuer: Sendable {
    /// What a token of a service is for; it is taken with and without a slash (reference 4.3, 5.1).
    enum Service {
        case messaging, eventGrid

        var audiences: [String] {
            switch self {
            case .messaging: ["https://eventhubs.azure.net", "https://servicebus.azure.net"]
            case .eventGrid: ["https://eventgrid.azure.net"]
            }
        }
    }

    let key: VerificationKey

    struct Refusal: Error, Sendable, Hashable {
        var reason: String
    }

    /// - Parameter now: since 1970.
    /// - Returns: when the token's time is over.
    func verify(_ token: String, for service: Service, at now: Milliseconds) throws(Refusal) -> Milliseconds {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header: Header = Self.read(parts[0]), let claims: Claims = Self.read(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw Refusal(reason: "MalformedToken: the token is no JSON web token with exp, nbf and aud") }
        guard header.alg == "RS256" else { throw Refusal(reason: "InvalidSignature: the token is signed with \(header.alg.prefix(20)), not RS256") }
        guard key.verifies(signature, of: Array("\(parts[0]).\(parts[1])".utf8), by: .rs256) else {
            throw Refusal(reason: "InvalidSignature: the token has an invalid signature")
        }
        let seconds = Double(now) / 1000
        guard claims.exp > seconds else { throw Refusal(reason: "ExpiredToken: the token's time is over") }
        guard claims.nbf <= seconds else { throw Refusal(reason: "InvalidToken: the token's time has not begun") }
        let audience = claims.aud.hasSuffix("/") ? String(claims.aud.dropLast()) : claims.aud
        guard service.audiences.contains(audience) else {
            throw Refusal(reason: "InvalidAudience: the token is for '\(claims.aud.prefix(100))'")
        }
        return Milliseconds(min(claims.exp, 1e12) * 1000)
    }

    private struct Header: Decodable {
        var alg: String
    }

    private struct Claims: Decodable {
        var aud: String
        var exp: Double
        var nbf: Double
    }

    private static func read<Part: Decodable>(_ text: Substring) -> Part? {
        Base64URL.decode(text).flatMap { try? JSONDecoder().decode(Part.self, from: Data($0)) }
    }
}
