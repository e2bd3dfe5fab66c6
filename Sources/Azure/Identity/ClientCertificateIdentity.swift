import Foundation
import Signing

/// An application that has a certificate, and signs who it is.
public struct ClientCertificateIdentity: Identity {
    private let application: EntraApplication
    private let file: String

    /// - Parameter file: PEM with certificate and key; read anew for each token, so that a new one
    ///   that takes its place is used.
    public init(_ application: EntraApplication, file: String) {
        self.application = application
        self.file = file
    }

    public func token(for service: AzureService) async throws(EndpointFailure) -> AccessToken {
        let certificate: ClientCertificate
        do throws(CertificateFile.Fault) {
            certificate = try CertificateFile.read(file)
        } catch {
            throw EndpointFailure(identity: "certificate", detail: "\(file): \(error); \(error.remedy)")
        }
        let assertion = ClientAssertion(client: application.client, audience: application.tokenURL, now: UnixTime.now)
        guard let text = assertion.signed(with: certificate) else {
            throw EndpointFailure(identity: "certificate", detail: "\(file): nothing can be signed with this key; use RSA with 2048 bits or more")
        }
        return try await application.token(
            for: service, credential: [EntraApplication.assertionType, ("client_assertion", text)])
    }
}

/// The file of a certificate and its key.
public enum CertificateFile {
    public enum Fault: Error, Sendable, Hashable, CustomStringConvertible {
        case unreadable
        case content(ClientCertificate.Fault)

        public var description: String {
            switch self {
            case .unreadable: "the file cannot be read"
            case .content(.noCertificate): "the file has no certificate"
            case .content(.noKey): "the file has no private key, or one with a passphrase"
            case .content(.notRSA): "the key is not of RSA, which Entra ID wants"
            case .content(.keyOfAnother): "the key does not belong to the certificate"
            }
        }

        public var remedy: String {
            switch self {
            case .unreadable: "check its name and who may read it"
            case .content(.noCertificate), .content(.notRSA): "put the application's certificate and its RSA key into one PEM file"
            case .content(.noKey): "put the key beside the certificate, in PEM and without a passphrase, and let only this user read it"
            case .content(.keyOfAnother): "put the certificate first that was made for the key"
            }
        }
    }

    static func read(_ file: String) throws(Fault) -> ClientCertificate {
        guard let bytes = FileManager.default.contents(atPath: file) else { throw .unreadable }
        do throws(ClientCertificate.Fault) {
            return try ClientCertificate(pem: Array(bytes))
        } catch {
            throw .content(error)
        }
    }

    /// - Throws: what is wrong with it.
    public static func check(_ file: String) throws(Fault) {
        _ = try read(file)
    }
}
