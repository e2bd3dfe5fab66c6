import Foundation
import Notifications

/// Why a token was not given: RFC 6749, 5.2 with the codes of Entra ID in the description, or the
/// status of a managed identity's endpoint.
struct EntraFailure {
    var failure: EndpointFailure

    /// Of an authority's token endpoint.
    init(status: Int, answer: [UInt8]) {
        let content = Content(answer)
        let said = content?.error.flatMap { FailureTable.kind(of: $0, from: .identity) == nil ? nil : $0 }
        // The status tells what a busy or broken server has; the word tells what is wrong with a request.
        let word = status == 429 || status >= 500 ? nil : said
        failure = Self.failure(word ?? "\(status)", status: status, text: content?.text)
        failure.detail += "; " + Self.remedy(failure.kind, text: content?.text ?? "")
    }

    /// Of the metadata service, or of an App Service's endpoint: the status says all.
    init(managedStatus status: Int, answer: [UInt8]) {
        let text = Content(answer)?.text
        failure = Self.failure("\(status)", status: status, text: text)
        if failure.kind == .unauthorized {
            failure.detail += "; assign a managed identity to this machine or app, and check identity.client where it is user-assigned"
        }
    }

    private static func failure(_ word: String, status: Int, text: String?) -> EndpointFailure {
        let kind = FailureTable.kind(of: word, from: .identity) ?? (status >= 500 || status < 400 ? .transient : .unauthorized)
        return EndpointFailure(
            kind: kind, condition: "identity:\(word)", detail: "no token was given, status \(status)" + (text.map { ": \($0)" } ?? ""))
    }

    // MARK: What to do

    /// The codes that operators meet, as Microsoft's list of error codes explains them.
    private static let remedies: [(code: String, remedy: String)] = [
        ("AADSTS7000215", "put the secret's value, not its id, into identity.secret"),
        ("AADSTS7000222", "the secret's time is over: make a new one and put it into identity.secret"),
        ("AADSTS700016", "check identity.client and identity.tenant: the tenant does not know the application"),
        ("AADSTS90002", "check identity.tenant: there is no such tenant"),
        ("AADSTS900023", "check identity.tenant: it is no tenant's id or domain"),
        ("AADSTS700027", "upload the certificate of identity.certificate to the application, and check this machine's clock"),
        ("AADSTS700024", "check this machine's clock: the assertion is too old or from the future"),
        ("AADSTS700213", "check issuer, subject and audience of the application's federated credential"),
        ("AADSTS70021", "check issuer, subject and audience of the application's federated credential"),
        ("AADSTS700211", "check the issuer of the application's federated credential"),
        ("AADSTS700212", "check the audience of the application's federated credential"),
        ("AADSTS500011", "the tenant has no such service: check identity.tenant"),
        ("AADSTS7000112", "the application is disabled in its tenant: enable it"),
    ]

    private static func remedy(_ kind: FailureKind, text: String) -> String {
        guard kind == .unauthorized else { return "it is tried again" }
        let code = text.firstRange(of: "AADSTS").map { "AADSTS" + text[$0.upperBound...].prefix { $0.isNumber } }
        return remedies.first { $0.code == code }?.remedy
            ?? "check identity: tenant, client, and the secret, certificate or federated token"
    }

    // MARK: What it says

    private struct Content {
        var error: String?
        var text: String?

        /// `error` is a text, or in App Services an object; other names are what their older versions write.
        init?(_ answer: [UInt8]) {
            guard let object = try? JSONSerialization.jsonObject(with: Data(answer)) as? [String: Any] else { return nil }
            let inner = object["error"] as? [String: Any]
            error = object["error"] as? String ?? inner?["code"] as? String
            let description = object["error_description"] ?? inner?["message"] ?? object["message"] ?? object["Message"]
            text = (description as? String).map(Self.oneLine) ?? error
        }

        /// Without the trace ids behind the sentence, and within bounds.
        private static func oneLine(_ text: String) -> String {
            let masked = TokenMask.masked(text)
            var line = masked.prefix { !$0.isNewline }
            if let trace = line.firstRange(of: "Trace ID:") { line = line[..<trace.lowerBound] }
            let clean = String(line.prefix(400).filter { $0 >= " " }).trimmed
            return String(clean.hasSuffix(".") ? clean.dropLast() : clean)
        }
    }
}

extension EndpointFailure {
    /// - Parameter word: one of ``FailureTable``.
    init(identity word: String, detail: String) {
        self.init(
            kind: FailureTable.kind(of: word, from: .identity) ?? .unauthorized, condition: "identity:\(word)", detail: detail)
    }
}
