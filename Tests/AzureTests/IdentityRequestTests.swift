import AsyncHTTPClient
import Foundation
import NIOHTTP1
import Notifications
import TestSupport
import Testing

@testable import Azure

@Suite("Asking for a token")
struct IdentityRequestTests {
    private func application(_ authority: String) throws -> EntraApplication {
        EntraApplication(authority: try EntraAuthority(parsing: authority), tenant: "contoso.example.net", client: "app")
    }

    @Test("an authority is a host that is reached by https")
    func authority() throws {
        let url = "https://login.example.net/contoso.example.net/oauth2/v2.0/token"
        for text in ["https://login.example.net", "https://login.example.net/", "login.example.net", " HTTPS://login.example.net "] {
            #expect(try application(text).tokenURL == url)
        }
        #expect(try application("https://[::1]:8443/").tokenURL.hasPrefix("https://[::1]:8443/contoso"))
        #expect(throws: EntraAuthority.Fault.scheme) { try EntraAuthority(parsing: "http://login.example.net") }
        for text in ["", "https://", "https://h/path", "https://user@h", "https://h?x"] {
            #expect(throws: EntraAuthority.Fault.place) { try EntraAuthority(parsing: text) }
        }
    }

    @Test("a managed identity's endpoint is found as Azure's own libraries find it")
    func places() {
        func place(_ environment: [String: String]) -> ManagedIdentity.Place { .inEnvironment(environment) }
        #expect(place([:]) == .instanceMetadata(origin: "http://169.254.169.254"))
        #expect(place(["AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://h:1/"]) == .instanceMetadata(origin: "http://h:1"))
        #expect(place(["IDENTITY_ENDPOINT": "http://e"]) == .instanceMetadata(origin: "http://169.254.169.254"))
        #expect(
            place(["IDENTITY_ENDPOINT": "http://e", "IDENTITY_HEADER": "x"]) == .appService(endpoint: "http://e", header: .init("x")))
    }

    @Test("the requests of managed identities")
    func managed() {
        let metadata = ManagedIdentity(.inEnvironment([:])).request(for: .eventHubs)
        #expect(
            metadata.url
                == "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Feventhubs.azure.net")
        #expect(metadata.headers["metadata"] == ["true"])
        let service = ManagedIdentity(.appService(endpoint: "http://e/msi", header: .init("h")), client: "a&b").request(for: .eventGrid)
        #expect(
            service.url == "http://e/msi?api-version=2019-08-01&resource=https%3A%2F%2Feventgrid.azure.net&client_id=a%26b")
        #expect(service.headers["x-identity-header"] == ["h"] && service.headers["metadata"].isEmpty)
    }

    @Test("scopes")
    func scopes() {
        #expect(
            AzureService.allCases.map(\.scope) == [
                "https://eventhubs.azure.net/.default", "https://servicebus.azure.net/.default",
                "https://eventgrid.azure.net/.default",
            ])
    }

    @Test("a federated token's file that is missing, empty or something else", arguments: [nil, "", " \n", "two\nlines"])
    func federated(content: String?) async throws {
        let folder = try TemporaryFolder()
        if let content { try folder.write("token", content) }
        let identity = WorkloadIdentity(try application("https://localhost:1"), tokenFile: "\(folder.path)/token")
        await #expect {
            _ = try await identity.token(for: .eventHubs)
        } throws: {
            ($0 as? EndpointFailure)?.condition == "identity:token-file" && ($0 as? EndpointFailure)?.kind == .unauthorized
        }
    }
}
