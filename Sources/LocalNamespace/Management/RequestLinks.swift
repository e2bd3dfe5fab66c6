import AMQP
import AMQPCodec

/// The client's sender to a node: takes requests, and has the answers sent.
final class RequestLink: LinkHandler {
    private let node: any RequestNode
    private unowned let client: Client
    private let path: String

    init(node: any RequestNode, client: Client, path: String) {
        self.node = node
        self.client = client
        self.path = path
    }

    func received(_ delivery: IncomingDelivery) -> DeliveryDecision {
        do {
            let request = try AMQPMessage(parsing: delivery.bytes)
            var answer = node.answer(request, from: client)
            answer.properties.correlationID = request.properties.messageID ?? request.properties.correlationID
            client.send(answer, path: path, replyTo: request.properties.replyTo)
            return .settle(.accepted)
        } catch {
            return .settle(.rejected(.told("amqp:decode-error", "\(error)")))
        }
    }
}

/// The client's receiver from a node.
final class ReplyLink: LinkHandler {
    private static let maximumWaiting = 1000

    let path: String
    private unowned let client: Client
    private(set) var target: String?
    private var link: ListenerLink?
    private var credit = 0
    private var waiting: [[UInt8]] = []

    init(path: String, client: Client) {
        self.path = path
        self.client = client
    }

    func attached(_ link: ListenerLink) {
        self.link = link
        target = link.request.targetAddress
        client.replyLinks.append(self)
    }

    func send(_ answer: AMQPMessage) {
        var bytes: [UInt8] = []
        answer.encode(into: &bytes)
        waiting.append(bytes)
        guard waiting.count <= Self.maximumWaiting else {
            waiting = []
            link?.connection.close(.told("amqp:resource-limit-exceeded", "answers are not taken"))
            return
        }
        flush()
    }

    func creditChanged(_ credit: Int) {
        self.credit = credit
        flush()
    }

    private func flush() {
        let count = min(credit, waiting.count)
        guard count > 0, let link else { return }
        link.send(waiting[..<count].map { OutgoingDelivery(id: 0, bytes: $0[...]) })
        waiting.removeFirst(count)
        credit -= count
    }

    func ended() {
        client.replyLinks.removeAll { $0 === self }
    }
}
