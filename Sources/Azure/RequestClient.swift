import AMQP
import AMQPCodec

/// Asks a node of a connection, `$cbs` or `$management`, and waits for its answer (reference 4.3, 4.11).
///
/// Each time over a pair of links of its own, for links that rest are detached by the service.
struct RequestClient: Sendable {
    private enum News: Sendable {
        case outcome(Outcome)
        case answer(AMQPMessage)
        case ended(AMQPError?)
        case timeOver
    }

    let connection: Connection
    let node: String
    /// For the answer, once the links are there.
    let limit: Duration

    /// - Parameters:
    ///   - request: gets its message-id and reply-to here.
    ///   - read: what an answer says; `nil`: it is no answer, and another one is waited for.
    /// - Returns: `nil` where none came in time.
    func answer<Answer>(
        to request: AMQPMessage, read: (AMQPMessage) -> Answer?
    ) async throws(EndpointFailure) -> Answer? {
        let (news, input) = AsyncStream.makeStream(of: News.self)
        let replyTo = "twinroute-\(UInt64.random(in: 0...UInt64.max))"
        let pair = try await open(replyTo, input)
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
        let id = AMQPValue.string("request-1")
        pair.sender.send([OutgoingDelivery(id: 1, bytes: Self.bytes(of: request, id: id, replyTo: replyTo)[...])])
        for await event in news {
            switch event {
            case .answer(let message):
                guard message.properties.correlationID == nil || message.properties.correlationID == id else { continue }
                if let answer = read(message) { return answer }
            case .outcome(.accepted):
                continue
            case .outcome(.rejected(let condition)):
                throw EndpointFailure(AMQPError.linkDetached(condition))
            case .outcome:
                throw EndpointFailure(kind: .transient, condition: "amqp:released", detail: "\(node) did not take the request this time")
            case .ended(let error):
                throw EndpointFailure(error ?? .closedLocally)
            case .timeOver:
                return nil
            }
        }
        return nil
    }

    private func open(
        _ replyTo: String, _ input: AsyncStream<News>.Continuation
    ) async throws(EndpointFailure) -> (sender: Sender, receiver: Receiver) {
        do throws(AMQPError) {
            let receiver = try await connection.openReceiver(
                from: node, options: ReceiverOptions(targetAddress: replyTo, credit: 10, maxMessageSize: 1 << 18))
            let sender = try await connection.openSender(to: node, options: SenderOptions(sourceAddress: replyTo)) { settlements in
                for settlement in settlements { input.yield(.outcome(settlement.outcome)) }
            }
            return (sender, receiver)
        } catch {
            throw EndpointFailure(error)
        }
    }

    private static func read(_ receiver: Receiver, into input: AsyncStream<News>.Continuation) async {
        do throws(AMQPError) {
            for try await batch in receiver.messages {
                receiver.settle(batch, as: .accepted)
                for delivery in batch {
                    if let message = try? AMQPMessage(parsing: delivery.bytes) { input.yield(.answer(message)) }
                }
            }
            input.yield(.ended(nil))
        } catch {
            input.yield(.ended(error))
        }
    }

    private static func bytes(of request: AMQPMessage, id: AMQPValue, replyTo: String) -> [UInt8] {
        var message = request
        message.properties.messageID = id
        message.properties.replyTo = replyTo
        var bytes: [UInt8] = []
        message.encode(into: &bytes)
        return bytes
    }
}
