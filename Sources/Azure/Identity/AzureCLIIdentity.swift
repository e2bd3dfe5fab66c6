import Foundation
import Notifications

/// Whoever has logged in with `az login`: for a developer's machine.
public struct AzureCLIIdentity: Identity {
    /// `az` is slow to start; a connection that waits for its token gives up later than this.
    static let limit: Duration = .seconds(20)

    private let tenant: String?
    private let searchPath: String
    private let limit: Duration

    /// - Parameters:
    ///   - tenant: `nil` takes the one that is logged in to.
    ///   - searchPath: folders, as `PATH` has them.
    public init(tenant: String? = nil, searchPath: String) {
        self.init(tenant: tenant, searchPath: searchPath, limit: Self.limit)
    }

    init(tenant: String?, searchPath: String, limit: Duration) {
        self.tenant = tenant
        self.searchPath = searchPath
        self.limit = limit
    }

    public func token(for service: AzureService) async throws(EndpointFailure) -> AccessToken {
        let folders = searchPath.split(separator: ":").filter { $0.hasPrefix("/") }
        guard let program = folders.map({ "\($0)/az" }).first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw EndpointFailure(
                identity: "az-missing", detail: "the Azure CLI is not installed: there is no `az` on PATH; install it and run `az login`, or take another kind of identity")
        }
        var arguments = ["account", "get-access-token", "--resource", service.resource, "--output", "json"]
        if let tenant { arguments += ["--tenant", tenant] }
        switch await BoundedCommand(program: program, arguments: arguments, limit: limit).run() {
        case .notStarted(let reason):
            throw EndpointFailure(identity: "az-missing", detail: "\(program) cannot be started: \(reason)")
        case .timeOver:
            throw EndpointFailure(identity: "timeout:az", detail: "\(program) gave no token within \(limit)")
        case .ended(0, let output, _):
            return try Self.token(in: output, now: UnixTime.now)
        case .ended(_, _, let errors):
            throw Self.failure(saying: String(decoding: errors, as: UTF8.self))
        }
    }

    static func token(in output: [UInt8], now: Int64) throws(EndpointFailure) -> AccessToken {
        struct Content: Decodable {
            var accessToken: String
            /// Seconds since 1970; absent from versions before 2.54.
            var expires_on: Int64?
            /// Local time.
            var expiresOn: String?
        }
        guard let content = try? JSONDecoder().decode(Content.self, from: Data(output)), !content.accessToken.isEmpty,
            let expiry = content.expires_on ?? content.expiresOn.flatMap(localTime), expiry > now
        else {
            throw EndpointFailure(identity: "az", detail: "what `az account get-access-token` wrote is no token that still holds")
        }
        return AccessToken(text: Secret(content.accessToken), obtained: now, expiry: expiry)
    }

    private static func localTime(_ text: String) -> Int64? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
        return formatter.date(from: String(text.prefix(19))).map { Int64($0.timeIntervalSince1970) }
    }

    static func failure(saying text: String) -> EndpointFailure {
        let line = text.split(whereSeparator: \.isNewline).first { !$0.trimmed.isEmpty }.map { String($0.trimmed.prefix(300)) }
        let isLogin = ["az login", "AADSTS", "az account set"].contains { text.contains($0) }
        return EndpointFailure(
            identity: isLogin ? "az-login" : "az",
            detail: "`az account get-access-token` failed: \(line ?? "it gave no reason")\(isLogin ? "; run `az login` as the user that runs twinroute" : "")")
    }
}
