/// What a publisher's thread does.
final class PublisherLoop {
    private let configuration: ConnectionConfiguration
    private let queue: PublisherQueue
    private var batch: [OutgoingMessage] = []
    private let clock = ContinuousClock()

    init(configuration: ConnectionConfiguration, queue: PublisherQueue) {
        self.configuration = configuration
        self.queue = queue
    }

    func run() {
        do throws(ConnectionFailure) {
            if let fault = configuration.faults().first { throw fault }
            let client = try Client(configuration)
            client.setSendWindow(queue.window)
            let connack = try Handshake.perform(
                client, ipv4Only: false, deadline: clock.now + configuration.connectTimeout,
                wakeUp: queue.wakeUp, isStopping: { [queue] in queue.isStopping })
            guard connack != nil else { throw .closed }
            client.intake.discardsMessages = true
            client.silenceLog()
            queue.isUp()
            try send(client)
            disconnect(client)
            throw .closed
        } catch {
            queue.ended(error)
        }
    }

    private func send(_ client: Client) throws(ConnectionFailure) {
        while true {
            queue.take(into: &batch)
            var rejected: [String] = []
            for message in batch {
                let result = client.publish(message)
                if !result.succeeded { rejected.append(client.failure(of: result).kind.rawValue) }
            }
            batch.removeAll(keepingCapacity: true)
            queue.completed(0, rejected: rejected)
            if client.wantsWrite {
                // As far as the socket takes it: PUBACKs must be read meanwhile.
                try check(client.writeSome(), client)
            }
            try readAcknowledgements(client)
            try check(client.keepAlive(), client)
            if queue.isStopping { return }
            if queue.mayRest() {
                let writing = client.wantsWrite
                _ = Poll.wait(
                    socket: client.descriptor, writing: writing, wakeUp: queue.wakeUp, limit: .seconds(1))
            }
        }
    }

    private func readAcknowledgements(_ client: Client) throws(ConnectionFailure) {
        // Bounded, so that new messages leave while acknowledgements keep coming.
        for _ in 0..<queue.window {
            let before = client.intake.progress
            let result = client.read()
            if !result.succeeded || client.descriptor < 0 {
                complete(client)
                throw disconnection ?? client.failure(of: result)
            }
            if client.intake.progress == before { break }
        }
        complete(client)
    }

    private var disconnection: ConnectionFailure?

    private func complete(_ client: Client) {
        var rejected: [String] = []
        for event in client.intake.takeEvents() {
            switch event {
            case .published(let code): rejected.append(Client.reason(code))
            case .disconnected(let code) where code > 127:
                disconnection = .disconnectedByBroker(code: Int(code), reason: Client.reason(code))
            case .disconnected, .connected, .subscribed, .unsubscribed: break
            }
        }
        queue.completed(client.intake.takePublished(), rejected: rejected)
    }

    private func check(_ result: Client.Result, _ client: Client) throws(ConnectionFailure) {
        guard result.succeeded, client.descriptor >= 0 else {
            complete(client)
            throw disconnection ?? client.failure(of: result)
        }
    }

    private func disconnect(_ client: Client) {
        guard client.disconnect().succeeded else { return }
        _ = client.writeAll(limit: configuration.stopTimeout, wakeUp: queue.wakeUp)
    }
}
