import Foundation
import Signing
import TestSupport
import Testing

@testable import Azure

@Suite("A client assertion")
struct ClientAssertionTests {
    private func certificate(_ text: String) throws -> ClientCertificate {
        try ClientCertificate(pem: Array(text.utf8))
    }

    private func object(_ part: Substring) throws -> [String: Any] {
        let bytes = try #require(Base64URL.decode(part))
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test("names the certificate, whom it is for and a short time, and is signed with the key")
    func content() throws {
        let text = try #require(
            ClientAssertion(client: "app", audience: "https://h/t/oauth2/v2.0/token", now: 1_800_000_000, id: "id-1")
                .signed(with: certificate(TestKeys.certificate + "\n" + TestKeys.key)))
        let parts = text.split(separator: ".")
        let header = try object(parts[0])
        #expect(header.count == 3 && header["alg"] as? String == "PS256" && header["typ"] as? String == "JWT")
        // As `openssl x509 -fingerprint -sha256` has it.
        #expect(header["x5t#S256"] as? String == "EkkWTZk4SV92eT2QwDG3-Z2nLz1nADjAyc5JTAnK42w")
        let claims = try object(parts[1])
        #expect(claims["aud"] as? String == "https://h/t/oauth2/v2.0/token")
        #expect(claims["iss"] as? String == "app" && claims["sub"] as? String == "app" && claims["jti"] as? String == "id-1")
        #expect(claims["nbf"] as? Int == 1_800_000_000 && claims["exp"] as? Int == 1_800_000_600)
        let key = try #require(VerificationKey(pem: Array(TestKeys.certificate.utf8)))
        let signature = try #require(Base64URL.decode(parts[2]))
        let signed = Array("\(parts[0]).\(parts[1])".utf8)
        #expect(key.verifies(signature, of: signed, by: .ps256))
        #expect(!key.verifies(signature, of: signed, by: .rs256))
        #expect(!key.verifies(signature, of: signed + [0], by: .ps256))
    }

    @Test("has an id of its own each time")
    func ids() {
        #expect(ClientAssertion(client: "a", audience: "b", now: 1).id != ClientAssertion(client: "a", audience: "b", now: 1).id)
    }

    @Test(
        "what a file lacks is named",
        arguments: [
            (TestKeys.key, ClientCertificate.Fault.noCertificate), (TestKeys.certificate, .noKey), ("", .noCertificate),
            (TestKeys.certificate + "\n" + TestKeys.lockedKey, .noKey),
            (TestKeys.certificate + "\n" + TestKeys.ellipticKey, .notRSA),
            (TestKeys.ellipticCertificate + "\n" + TestKeys.key, .keyOfAnother),
            ("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n", .noCertificate),
        ])
    func faults(text: String, fault: ClientCertificate.Fault) {
        #expect(throws: fault) { try certificate(text) }
        #expect(!CertificateFile.Fault.content(fault).remedy.isEmpty)
    }

    @Test("base64 for URLs, there and back")
    func base64() {
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8" && Base64URL.decode("-_8") == [0xFB, 0xFF])
        #expect(Base64URL.encode([]) == "" && Base64URL.decode("") == [])
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
        #expect(Base64URL.decode("A") == nil && Base64URL.decode("+/==") == nil)
    }
}
