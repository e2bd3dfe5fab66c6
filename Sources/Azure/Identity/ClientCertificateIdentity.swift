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
