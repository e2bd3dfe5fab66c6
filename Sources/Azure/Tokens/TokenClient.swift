import AMQP
import AMQPCodec
import Notifications

/// Puts tokens to the `$cbs` of a connection (reference 4.3).
///
/// Each time over a pair of links of its own, for links that rest are detached by the service.
struct TokenClient: Sendable {
    static let address = "$cbs"
    /// For the answer; a connection without a token is dropped after 20 seconds.
    static let limit: Duration = .seconds(10)

    private enum News: Sendable {
        case outcome(Outcome)
        case answer(TokenAnswer)
        case ended(AMQPError?)
        case timeOver
    }

    let connection: Connection
    let limit: Duration

    init(connection: Connection, limit: Duration = Self.limit) {
        self.connection = connection
        self.limit = limit
    }

    /// Returns when the token holds.
    func put(_ token: SecurityToken, for audience: String) async throws(EndpointFailure) {
        let (news, input) = AsyncStream.makeStream(of: News.self)
        let pair = try await open(input)
        let reading = Task { await Self.read(pair.receiver, into: input) }
        let timer = Task { [limit] in
            if (try? await Task.sleep(for: limit)) != nil { input.yield(.timeOver) }
        }
        defer {
            reading.cancel()
            timer.cancel()
            // Not waited for: a peer that does not answer holds nobody up.
            Task {
                await pair.sender.detach()
                await pair.receiver.detach()
            }
        }
        let id = AMQPValue.string("put-1")
        pair.sender.send([OutgoingDelivery(id: 1, bytes: request(token, audience, id: id, replyTo: pair.replyTo)[...])])
        for await event in news {
            switch event {
            case .answer(let answer) where answer.correlationID == nil || answer.correlationID == id:
                if answer.isAccepted { return }
                throw answer.failure(of: token.kind)
            case .outcome(.accepted), .answer:
                continue
            case .outcome(.rejected(let condition)):
                throw EndpointFailure(AMQPError.linkDetached(condition))
            case .outcome:
                throw EndpointFailure(kind: .transient, condition: "amqp:released", detail: "the token was not taken this time")
            case .ended(let error):
                throw EndpointFailure(error ?? .closedLocally)
            case .timeOver:
                break
            }
            break
        }
        throw EndpointFailure(
            kind: FailureTable.kind(of: "timeout:token", from: .connection) ?? .timedOut, condition: "timeout:token",
            detail: "no answer to the token within \(limit); does the far side know \(Self.address)? `auth: plain` does without")
    }

    private func open(
        _ input: AsyncStream<News>.Continuation
    ) async throws(EndpointFailure) -> (sender: Sender, receiver: Receiver, replyTo: String) {
        let replyTo = "twinroute-cbs-\(UInt64.random(in: 0...UInt64.max))"
        do throws(AMQPError) {
            let receiver = try await connection.openReceiver(
                from: Self.address, options: ReceiverOptions(targetAddress: replyTo, credit: 10, maxMessageSize: 1 << 16))
            let sender = try await connection.openSender(to: Self.address) { settlements in
                for settlement in settlements { input.yield(.outcome(settlement.outcome)) }
            }
            return (sender, receiver, replyTo)
        } catch {
            throw EndpointFailure(error)
        }
    }

    private static func read(_ receiver: Receiver, into input: AsyncStream<News>.Continuation) async {
        do throws(AMQPError) {
            for try await batch in receiver.messages {
                receiver.settle(batch, as: .accepted)
                for delivery in batch {
                    guard let message = try? AMQPMessage(parsing: delivery.bytes), let answer = TokenAnswer(message) else {
                        continue
                    }
                    input.yield(.answer(answer))
                }
            }
            input.yield(.ended(nil))
        } catch {
            input.yield(.ended(error))
        }
    }

    private func request(_ token: SecurityToken, _ audience: String, id: AMQPValue, replyTo: String) -> [UInt8] {
        var message = AMQPMessage(body: .value(.string(token.text.revealed)))
        message.properties.messageID = id
        message.properties.replyTo = replyTo
        var properties: AMQPMap = [
            .string("operation"): .string("put-token"), .string("type"): .string(token.kind.rawValue),
            .string("name"): .string(audience),
        ]
        if let expiry = token.expiry {
            let (milliseconds, overflows) = expiry.multipliedReportingOverflow(by: 1000)
            if !overflows { properties.append(.string("expiration"), .timestamp(milliseconds)) }
        }
        message.applicationProperties = properties
        var bytes: [UInt8] = []
        message.encode(into: &bytes)
        return bytes
    }
}
