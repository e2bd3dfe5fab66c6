import AMQP
import AMQPCodec
import Notifications

/// Puts tokens to the `$cbs` of a connection (reference 4.3).
struct TokenClient: Sendable {
    static let address = "$cbs"
    /// For the answer; a connection without a token is dropped after 20 seconds.
    static let limit: Duration = .seconds(10)

    private let requests: RequestClient

    init(connection: Connection, limit: Duration = Self.limit) {
        requests = RequestClient(connection: connection, node: Self.address, limit: limit)
    }

    /// Returns when the token holds.
    func put(_ token: SecurityToken, for audience: String) async throws(EndpointFailure) {
        guard let answer = try await requests.answer(to: Self.request(token, audience), read: TokenAnswer.init) else {
            throw EndpointFailure(
                kind: FailureTable.kind(of: "timeout:token", from: .connection) ?? .timedOut, condition: "timeout:token",
                detail: "no answer to the token within \(requests.limit); does the far side know \(Self.address)? `auth: plain` does without")
        }
        if !answer.isAccepted { throw answer.failure(of: token.kind) }
    }

    private static func request(_ token: SecurityToken, _ audience: String) -> AMQPMessage {
        var properties: AMQPMap = [
            .string("operation"): .string("put-token"), .string("type"): .string(token.kind.rawValue),
            .string("name"): .string(audience),
        ]
        if let expiry = token.expiry {
            let (milliseconds, overflows) = expiry.multipliedReportingOverflow(by: 1000)
            if !overflows { properties.append(.string("expiration"), .timestamp(milliseconds)) }
        }
        return AMQPMessage(applicationProperties: properties, body: .value(.string(token.text.revealed)))
    }
}
