import Notifications
import Routing
import Settings
import TestSupport
import Testing

@Suite("An endpoint's identity")
struct IdentityTests {
    private static let key = "connectionString: Endpoint=sb://ns.example.net/;SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0"
    private static let noKey = "connectionString: Endpoint=sb://ns.servicebus.windows.net"

    /// The plain configuration with this for the key, and an identity.
    private func yaml(_ identity: String, instead connection: String = noKey, type: String = "EventHub") -> String {
        plain(Self.key, "\(connection)\n    identity: { \(identity) }").replacing("type: EventHub", with: "type: \(type)")
    }

    private func identity(
        _ text: String, environment: [String: String] = [:], folder: String = "/nowhere"
    ) throws -> EndpointIdentity {
        let loaded = try load(yaml(text), environment: environment, folder: folder)
        return try #require(loaded.configuration.endpoints.first?.identity)
    }

    private func remedies(
        _ text: String, environment: [String: String] = [:], folder: String = "/nowhere"
    ) -> [String] {
        faults(yaml(text), environment: environment, folder: folder).map { String($0.drop { $0 != " " }.dropFirst()) }
    }

    @Test("each kind has its fields")
    func kinds() throws {
        let folder = try TemporaryFolder()
        try folder.write("app.pem", TestKeys.certificate + "\n" + TestKeys.key)
        #expect(
            try identity("kind: clientSecret, tenant: t, client: c, secret: '${S}', authority: 'https://login.example.net'", environment: ["S": "hunter2"])
                == EndpointIdentity(
                    kind: .clientSecret, tenant: "t", client: "c", secret: .init("hunter2"), authority: "https://login.example.net"))
        #expect(
            try identity("kind: clientCertificate, tenant: t, client: c, certificate: app.pem, ca: app.pem", folder: folder.path)
                == EndpointIdentity(
                    kind: .clientCertificate, tenant: "t", client: "c", certificate: folder.path + "/app.pem", ca: folder.path + "/app.pem"))
        #expect(try identity("kind: managed") == EndpointIdentity(kind: .managed))
        #expect(try identity("kind: managed, client: c") == EndpointIdentity(kind: .managed, client: "c"))
        #expect(
            try identity("kind: workload, tenant: t, client: c, tokenFile: token")
                == EndpointIdentity(kind: .workload, tenant: "t", client: "c", tokenFile: "/nowhere/token"))
        #expect(try identity("kind: azureCLI, tenant: t") == EndpointIdentity(kind: .azureCLI, tenant: "t"))
    }

    @Test("what is not written comes from the environment, as Azure's own libraries have it")
    func environment() throws {
        let variables = [
            "AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_FEDERATED_TOKEN_FILE": "/run/token",
            "AZURE_AUTHORITY_HOST": "https://login.example.net/",
        ]
        #expect(
            try identity("kind: workload", environment: variables)
                == EndpointIdentity(
                    kind: .workload, tenant: "t", client: "c", tokenFile: "/run/token", authority: "https://login.example.net/"))
        #expect(try identity("kind: workload, tenant: mine", environment: variables).tenant == "mine")
        #expect(try identity("kind: managed", environment: variables) == EndpointIdentity(kind: .managed, client: "c"))
        #expect(try identity("kind: azureCLI", environment: variables) == EndpointIdentity(kind: .azureCLI))
        #expect(
            remedies("kind: clientSecret, secret: s", environment: variables.merging(["AZURE_AUTHORITY_HOST": "http://x"]) { $1 }) == [
                "endpoints.hub.identity: AZURE_AUTHORITY_HOST: the authority is not reached by https (write https://HOST, such as https://login.microsoftonline.com)"
            ])
    }

    @Test("what is missing or has no meaning is a fault, with what to do")
    func combinations() {
        #expect(
            remedies("kind: clientSecret, client: c") == [
                "endpoints.hub.identity has no tenant (add tenant, or set AZURE_TENANT_ID)",
                "endpoints.hub.identity has no secret (add secret)",
            ])
        #expect(
            remedies("kind: workload") == [
                "endpoints.hub.identity has no tenant (add tenant, or set AZURE_TENANT_ID)",
                "endpoints.hub.identity has no client (add client, or set AZURE_CLIENT_ID)",
                "endpoints.hub.identity has no tokenFile (add tokenFile, or set AZURE_FEDERATED_TOKEN_FILE)",
            ])
        #expect(
            remedies("kind: managed, tenant: t, secret: hunter2") == [
                "endpoints.hub.identity.tenant has no meaning with kind: managed (remove tenant; this kind has client)",
                "endpoints.hub.identity.secret has no meaning with kind: managed (remove secret; this kind has client)",
            ])
        #expect(
            remedies("kind: azureCLI, client: c") == [
                "endpoints.hub.identity.client has no meaning with kind: azureCLI (remove client; this kind has tenant)"
            ])
        #expect(
            remedies("kind: clientSecret, tenant: t, client: c, secret: s, tokenFile: f") == [
                "endpoints.hub.identity.tokenFile has no meaning with kind: clientSecret (remove tokenFile; this kind has authority, ca, client, secret, tenant)"
            ])
    }

    @Test("values that cannot be right")
    func values() throws {
        let folder = try TemporaryFolder()
        try folder.write("app.pem", TestKeys.certificate)
        #expect(
            remedies("kind: secret") == [
                "endpoints.hub.identity.kind: 'secret' is not known (write one of clientSecret, clientCertificate, managed, workload, azureCLI)"
            ])
        #expect(
            remedies("kind: azureCLI, tenant: a/b") == [
                "endpoints.hub.identity.tenant: 'a/b' is no tenant's id or domain (write a tenant's id or domain)"
            ])
        #expect(
            remedies("kind: workload, tenant: t, client: c, tokenFile: f, authority: 'http://h'") == [
                "endpoints.hub.identity.authority: the authority is not reached by https (write https://HOST, such as https://login.microsoftonline.com)"
            ])
        #expect(
            remedies("kind: clientCertificate, tenant: t, client: c, certificate: app.pem", folder: folder.path) == [
                "endpoints.hub.identity.certificate: the file has no private key, or one with a passphrase (put the key beside the certificate, in PEM and without a passphrase, and let only this user read it)"
            ])
        #expect(
            remedies("tenant: t") == ["'kind' is missing in endpoints.hub.identity (add kind: one of `clientSecret`, `clientCertificate`, `managed`, `workload`, `azureCLI`)"])
    }

    @Test(
        "a key beside it is a fault that says what to remove",
        arguments: [
            (key, "endpoints.hub.connectionString: the connection string has a key beside identity (remove SharedAccessKeyName, SharedAccessKey and SharedAccessSignature, or identity)"),
            ("connectionString: Endpoint=sb://h;SharedAccessSignature=x", "endpoints.hub.connectionString: the connection string has a key beside identity (remove SharedAccessKeyName, SharedAccessKey and SharedAccessSignature, or identity)"),
            ("connectionString: amqps://u:p@h", "endpoints.hub.connectionString: an AMQP URL is of another peer than Azure, and identity of Azure (write Endpoint=sb://NAMESPACE.servicebus.windows.net, or remove identity)"),
            ("connectionString: Endpoint=sb://h.example.net;UseDevelopmentEmulator=true", "endpoints.hub.connectionString: the identity's token would go over the network in plain text (remove UseDevelopmentEmulator, which is for a namespace on this machine)"),
            (noKey + "\n    auth: plain", "endpoints.hub.auth has no meaning beside identity: there is no key to sign in with (remove auth, or identity)"),
            (noKey + "\n    secondaryConnectionString: Endpoint=sb://h", "endpoints.hub.secondaryConnectionString has no meaning beside identity: there is no second key (remove secondaryConnectionString, or identity)"),
            ("body: json", "'connectionString' is missing in endpoints.hub (add connectionString: Endpoint=sb://NAMESPACE.servicebus.windows.net)"),
        ])
    func keys(connection: String, fault: String) {
        let found = faults(yaml("kind: managed", instead: connection))
        #expect(found.count == 1 && found.first?.hasSuffix(": " + fault) == true, "\(found)")
    }

    @Test("an emulator on this machine may get a token in plain text")
    func emulator() {
        #expect(faults(yaml("kind: managed", instead: "connectionString: Endpoint=sb://localhost;UseDevelopmentEmulator=true")) == [])
    }

    @Test("an Event Grid topic needs no connection string then, and takes none")
    func eventGrid() {
        let topic = "t.westeurope-1.eventgrid.azure.net"
        let bare = yaml("kind: managed", instead: "body: json", type: "EventGrid").replacing("path: telemetry", with: "path: \(topic)")
        #expect(faults(bare) == [])
        let key = bare.replacing("body: json", with: "connectionString: c2VjcmV0")
        #expect(
            faults(key) == [
                "bridge.yaml:10:23: endpoints.hub.connectionString is an access key beside identity (remove connectionString, or identity)"
            ])
    }

    @Test("without it the connection string is needed as before")
    func without() {
        #expect(
            faults(plain("    \(Self.key)\n", "")) == [
                "bridge.yaml:9:5: 'connectionString' is missing in endpoints.hub (add connectionString: a connection string, or identity)"
            ])
        #expect(
            faults(plain(Self.key, Self.noKey)).first?.contains("no credentials (add SharedAccessKeyName and SharedAccessKey, or SharedAccessSignature; or identity to the endpoint)")
                == true)
    }
}
