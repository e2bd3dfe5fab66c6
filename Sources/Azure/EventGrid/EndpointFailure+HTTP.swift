import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Notifications

extension EndpointFailure {
    /// What an answer of an HTTP server means, other than that it took the events.
    ///
    /// - Parameter credentialRemedy: what to do where the server does not take the credential.
    init(
        httpStatus status: Int, answer: [UInt8], isPage: Bool, retryAfter: String?,
        credentialRemedy: String = "check the access key"
    ) {
        let said = isPage ? nil : Self.message(in: answer)
        let hint =
            switch status {
            case 200: "a web page answered, not a topic; check `path`, and what stands between"
            case 300..<400: "a redirect is not followed; set `path` to the topic's own host"
            case 401, 403: credentialRemedy
            case 404: "no such topic; check `path`"
            default: isPage ? "a web page answered, not a topic" : "the far side gave no reason"
            }
        let isCredential = status == 401 || status == 403
        self.init(
            kind: status == 200 ? .transient : FailureTable.kind(ofStatus: status), condition: "http:\(status)",
            detail: said.map { isCredential ? "\($0); \(hint)" : $0 } ?? hint, retryAfter: retryAfter.flatMap { RetryHint.inHeader($0) })
    }

    /// What the lack of an answer means.
    init(ofRequest error: any Error) {
        let word = Self.word(of: error)
        self.init(
            kind: FailureTable.kind(of: word, from: .connection) ?? .transient, condition: word, detail: Self.text(of: error))
    }

    private static func word(of error: any Error) -> String {
        switch error {
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout: "timeout:connect"
            case .proxyAuthenticationRequired, .invalidProxyResponse: "proxy"
            case .httpProxyHandshakeTimeout: "timeout:proxy"
            case .tlsHandshakeTimeout: "timeout:tlsHandshake"
            case .deadlineExceeded, .readTimeout, .writeTimeout, .getConnectionFromPoolTimeout: "timeout:answer"
            default: "connection-lost"
            }
        case let error as NIOConnectionError:
            error.connectionErrors.isEmpty ? "dns" : "tcp"
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            "tls"
        case is IOError:
            "tcp"
        default:
            "connection-lost"
        }
    }

    private static func text(of error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            let reasons = error.connectionErrors.map { "\($0.error)" }
            return "\(error.host):\(error.port) cannot be reached: \(reasons.first ?? "the name is not found")"
        case let error as HTTPClientError where error == .proxyAuthenticationRequired:
            return "the proxy wants another login; check `proxy`"
        case let error as HTTPClientError where error == .invalidProxyResponse:
            return "the proxy makes no tunnel to the topic; check `proxy`, and whether it lets port 443 through"
        default:
            return "no answer: \(error)"
        }
    }

    /// `{"error": {"code": …, "message": …, "details": [{"message": …}]}}` (reference 5.4).
    private static func message(in answer: [UInt8]) -> String? {
        struct Answer: Decodable {
            struct Detail: Decodable {
                var message: String?
            }
            struct Content: Decodable {
                var code: String?
                var message: String?
                var details: [Detail]?
            }
            var error: Content
        }
        guard !answer.isEmpty else { return nil }
        guard let content = try? JSONDecoder().decode(Answer.self, from: Data(answer)).error else {
            return String(TokenMask.masked(String(decoding: answer.prefix(4_096), as: UTF8.self)).prefix(200))
        }
        let parts = [content.code, content.message] + (content.details ?? []).map(\.message)
        var seen: [String] = []
        for case let part? in parts where !part.isEmpty && !seen.contains(part) { seen.append(part) }
        return seen.isEmpty ? nil : String(TokenMask.masked(seen.joined(separator: ": ")).prefix(1_000))
    }
}
