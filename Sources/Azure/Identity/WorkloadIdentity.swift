import Foundation

/// An application that trusts another issuer's tokens, such as those of a Kubernetes cluster.
public struct WorkloadIdentity: Identity {
    /// What a file is read of; tokens are a few kilobytes.
    private static let maximumBytes = 1 << 16

    private let application: EntraApplication
    private let tokenFile: String

    /// - Parameter tokenFile: is read anew for each token, for the cluster writes another one every
    ///   now and then.
    public init(_ application: EntraApplication, tokenFile: String) {
        self.application = application
        self.tokenFile = tokenFile
    }

    public func token(for service: AzureService) async throws(EndpointFailure) -> AccessToken {
        try await application.token(
            for: service, credential: [EntraApplication.assertionType, ("client_assertion", try federatedToken())])
    }

    private func federatedToken() throws(EndpointFailure) -> String {
        guard let file = FileHandle(forReadingAtPath: tokenFile) else {
            throw failure("cannot be read")
        }
        defer { try? file.close() }
        guard let bytes = try? file.read(upToCount: Self.maximumBytes), let text = String(bytes: bytes, encoding: .utf8) else {
            throw failure("holds no token")
        }
        let token = text.trimmed
        guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw failure("holds no token") }
        return String(token)
    }

    private func failure(_ what: String) -> EndpointFailure {
        EndpointFailure(
            identity: "token-file",
            detail: "the federated token's file \(tokenFile) \(what); check identity.tokenFile, and that the workload's service account is mounted")
    }
}
