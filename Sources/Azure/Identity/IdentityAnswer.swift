import AMQP
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Notifications

/// What came back from where a token was asked for.
///
/// A client of its own for each request: there are a few in an hour, and no connection is worth keeping.
struct IdentityAnswer: Sendable, Hashable {
    static let maximumBytes = 256 << 10
    static let limit: TimeAmount = .seconds(15)
    /// Seconds. No token is believed to hold for longer: those of Azure hold for a day at most.
    static let longestLife: Int64 = 7 * 86_400

    var status: Int
    var body: [UInt8]
    var retryAfter: Duration?

    init(status: Int, body: [UInt8], retryAfter: Duration? = nil) {
        self.status = status
        self.body = body
        self.retryAfter = retryAfter
    }

    /// - Parameter host: as a failure names it.
    init(
        to request: HTTPClientRequest, host: String, trusted: String? = nil, proxy: ProxySettings? = nil,
        connectLimit: TimeAmount = .seconds(10)
    ) async throws(EndpointFailure) {
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: HTTPClient.Configuration(trusting: trusted, through: proxy, connectLimit: connectLimit))
        var request = request
        request.headers.add(name: "accept", value: "application/json")
        request.headers.add(name: "user-agent", value: "twinroute")
        let result = await Self.execute(request, client)
        try? await client.shutdown()
        switch result {
        case .success(let answer): self = answer
        case .failure(let error):
            var failure = EndpointFailure(ofRequest: error)
            failure.detail = "no token from \(host): \(failure.detail)"
            throw failure
        }
    }

    private static func execute(_ request: HTTPClientRequest, _ client: HTTPClient) async -> Result<IdentityAnswer, any Error> {
        do {
            let response = try await client.answer(to: request, within: limit, maximumBytes: maximumBytes)
            return .success(
                IdentityAnswer(
                    status: response.status, body: response.body,
                    retryAfter: response.headers.first(name: "retry-after").flatMap { RetryHint.inHeader($0) }))
        } catch {
            return .failure(error)
        }
    }
}

// MARK: Reading

extension IdentityAnswer {
    private struct Content: Decodable {
        /// A number, also where it is written as a text.
        struct Seconds: Decodable {
            var value: Int64?

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Double.self) {
                    value = Int64(exactly: number.rounded())
                } else {
                    value = Int64(try container.decode(String.self))
                }
            }
        }

        var token: String
        var expiresIn: Seconds?
        var expiresOn: Seconds?

        enum CodingKeys: String, CodingKey {
            case token = "access_token"
            case expiresIn = "expires_in"
            case expiresOn = "expires_on"
        }
    }

    /// - Parameter now: seconds since 1970.
    func token(
        now: Int64, reading failure: (_ status: Int, _ answer: [UInt8]) -> EntraFailure
    ) throws(EndpointFailure) -> AccessToken {
        guard status == 200 else {
            var failure = failure(status, body).failure
            failure.retryAfter = retryAfter
            throw failure
        }
        guard let content = try? JSONDecoder().decode(Content.self, from: Data(body)), !content.token.isEmpty,
            content.token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw EndpointFailure(
                identity: "answer",
                detail: "the answer to a request for a token holds none; check identity.authority, and what stands between")
        }
        // Where both are there the first is about when the token was made, which may be a while ago.
        let expiry = content.expiresOn?.value ?? content.expiresIn?.value.flatMap { Self.sum(now, $0) }
        guard let expiry, expiry > now else {
            throw EndpointFailure(
                identity: "answer",
                detail: expiry == nil
                    ? "the answer to a request for a token does not say how long it holds"
                    : "the token that came is over already; check this machine's clock")
        }
        return AccessToken(text: Secret(content.token), obtained: now, expiry: min(expiry, now + Self.longestLife))
    }

    private static func sum(_ now: Int64, _ seconds: Int64) -> Int64? {
        let (sum, overflows) = now.addingReportingOverflow(seconds)
        return overflows ? nil : sum
    }
}
