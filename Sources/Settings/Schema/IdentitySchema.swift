import Azure
import Notifications
import Routing
import Yams

/// `endpoints.identity`. What is not written comes from the variables that Azure's own libraries read.
enum IdentitySchema {
    static let section = Section(
        "endpoints.identity",
        "Signing in with Microsoft Entra ID instead of a key. Then `connectionString` names the namespace alone, `Endpoint=sb://NAMESPACE.servicebus.windows.net`, and an Event Grid topic needs none. The identity needs a role on the namespace, entity or topic: *Azure Event Hubs Data Sender*, *Azure Service Bus Data Sender* or *EventGrid Data Sender*. Tokens are shared by endpoints that have the same identity, and renewed on the live connection at half of their time. Requests for tokens go through the endpoint's `proxy`, or the one of `HTTPS_PROXY`; those to Azure's own machine never do.",
        initial: EndpointIdentity(kind: .managed),
        fields: [
            .required(
                "kind", \.kind, .choice,
                "`clientSecret`, `clientCertificate`: an application that is registered in a tenant. `managed`: the identity that Azure gives to the virtual machine, App Service or container app that this runs on. `workload`: a federated token, as Kubernetes has them. `azureCLI`: whoever ran `az login`, for a developer's machine."),
            .optional("tenant", \.tenant, .tenant, otherwise: "`AZURE_TENANT_ID`; of `azureCLI` the one that is logged in to", "The tenant's id or domain."),
            .optional(
                "client", \.client, .text("an application's id"), otherwise: "`AZURE_CLIENT_ID`; with `managed` the system-assigned identity",
                "The application's id; with `managed` the client id of a user-assigned identity."),
            .optional("secret", \.secret, .secret(), otherwise: "none", "Of `clientSecret`: the secret's value."),
            .optional(
                "certificate", \.certificate, .pemFile(.certificate), otherwise: "none",
                "Of `clientCertificate`: certificate and RSA key, without a passphrase. It is read anew for each token."),
            .optional(
                "tokenFile", \.tokenFile, .file, otherwise: "`AZURE_FEDERATED_TOKEN_FILE`",
                "Of `workload`: the federated token. It is read anew for each token."),
            .optional(
                "authority", \.authority, .entraAuthority, otherwise: "`AZURE_AUTHORITY_HOST`, or `https://login.microsoftonline.com`",
                "Where tokens are asked for."),
            .optional("ca", \.ca, .pemFile(.certificate), otherwise: "the system's", "Authorities that are trusted when tokens are asked for."),
        ],
        check: check)

    /// The fields that are of use to a kind, beside `kind` itself.
    private static func fields(of kind: EndpointIdentity.Kind) -> Set<String> {
        switch kind {
        case .clientSecret: ["tenant", "client", "secret", "authority", "ca"]
        case .clientCertificate: ["tenant", "client", "certificate", "authority", "ca"]
        case .workload: ["tenant", "client", "tokenFile", "authority", "ca"]
        case .managed: ["client"]
        case .azureCLI: ["tenant"]
        }
    }

    private static let check: @Sendable (inout EndpointIdentity, Section<EndpointIdentity>.Places, inout Reading) -> Void = {
        identity, places, reading in
        let known = fields(of: identity.kind)
        for (name, node) in places.fields.sorted(by: { $0.value.position < $1.value.position })
        where name != "kind" && !known.contains(name) {
            reading.fault(
                at: node, "\(reading.path).\(name) has no meaning with kind: \(identity.kind.rawValue)",
                remedy: "remove \(name); this kind has \(known.sorted().joined(separator: ", "))")
        }
        fillIn(&identity, known, reading.environment)
        require("tenant", "AZURE_TENANT_ID", identity.tenant, unless: identity.kind == .azureCLI)
        require("client", "AZURE_CLIENT_ID", identity.client, unless: identity.kind == .managed)
        require("secret", nil, identity.secret)
        require("certificate", nil, identity.certificate)
        require("tokenFile", "AZURE_FEDERATED_TOKEN_FILE", identity.tokenFile)
        checkFiles(identity, places, &reading)

        func require(_ name: String, _ variable: String?, _ value: (some Any)?, unless isOptional: Bool = false) {
            guard value == nil, known.contains(name), !isOptional else { return }
            reading.fault(
                at: places.section, "\(reading.path) has no \(name)",
                remedy: variable.map { "add \(name), or set \($0)" } ?? "add \(name)")
        }
    }

    private static func fillIn(_ identity: inout EndpointIdentity, _ known: Set<String>, _ environment: [String: String]) {
        func value(_ name: String, _ variable: String) -> String? {
            known.contains(name) ? environment[variable].flatMap { $0.isEmpty ? nil : $0 } : nil
        }
        if identity.kind != .azureCLI { identity.tenant = identity.tenant ?? value("tenant", "AZURE_TENANT_ID") }
        identity.client = identity.client ?? value("client", "AZURE_CLIENT_ID")
        identity.tokenFile = identity.tokenFile ?? value("tokenFile", "AZURE_FEDERATED_TOKEN_FILE")
        identity.authority = identity.authority ?? value("authority", "AZURE_AUTHORITY_HOST")
    }

    /// What a certificate's file holds, and an authority that nobody wrote here.
    private static func checkFiles(
        _ identity: EndpointIdentity, _ places: Section<EndpointIdentity>.Places, _ reading: inout Reading
    ) {
        if identity.kind == .clientCertificate, let file = identity.certificate {
            do throws(CertificateFile.Fault) {
                try CertificateFile.check(file)
            } catch {
                reading.fault(at: places.node("certificate"), "\(reading.path).certificate: \(error)", remedy: error.remedy)
            }
        }
        if places.fields["authority"] == nil, let authority = identity.authority {
            do throws(EntraAuthority.Fault) {
                _ = try EntraAuthority(parsing: authority)
            } catch {
                reading.fault(at: places.section, "\(reading.path): AZURE_AUTHORITY_HOST: \(error)", remedy: error.remedy)
            }
        }
    }
}

extension Kind where Value == String {
    /// A file that need not be there yet; the path is made absolute.
    fileprivate static let file = Kind("a file") { node, reading in
        reading.text(of: node, expected: "a file").map { reading.resolve($0.value) }
    }

    fileprivate static let entraAuthority = Kind.scalar("a URL such as https://login.microsoftonline.com") { text in
        do throws(EntraAuthority.Fault) {
            _ = try EntraAuthority(parsing: text.value)
            return .success(text.value)
        } catch {
            return .failure(Problem("\(error)", remedy: error.remedy))
        }
    }

    fileprivate static let tenant = Kind.scalar("a tenant's id or domain") { text in
        let isName = text.value.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"): true
            default: false
            }
        }
        return isName && !text.value.isEmpty
            ? .success(text.value)
            : .failure(Problem("\(text.quoted) is no tenant's id or domain"))
    }
}
