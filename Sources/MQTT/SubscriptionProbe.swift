import Synchronization

/// Connects to a broker, asks for subscriptions and leaves again, without taking anything from anybody.
///
/// The session is new, ends with the connection and has a name of its own, so a session that keeps
/// messages is neither seen nor changed. Filters of a shared subscription are asked for without their
/// group: a member of the group would be handed messages that are another member's. Everything comes
/// with QoS 0, retained messages not at all; what comes is not looked at.
public enum SubscriptionProbe {
    /// What a broker said of one filter.
    public struct Answer: Sendable, Hashable {
        /// As it was asked for.
        public var filter: String
        /// Of the SUBACK; from 128 on a refusal (MQTT 5, 3.9.3).
        public var code: Int
        public var failure: ConnectionFailure?
    }

    /// How far it came.
    public struct Result: Sendable {
        /// To CONNACK; `nil`: it did not come so far.
        public var connectedAfter: Duration?
        /// In the order of the filters; those without an answer are missing.
        public var answers: [Answer] = []
        /// To the last answer.
        public var answeredAfter: Duration?
        public var failure: ConnectionFailure?

        public init() {}
    }

    /// - Parameter configuration: its client id gets an ending, its subscriptions are asked for; its
    ///   `connectTimeout` holds for the connection, and again for the answers.
    public static func run(_ configuration: ConnectionConfiguration) async -> Result {
        let found = Found()
        do throws(ConnectionFailure) {
            let wakeUp = try WakeUp()
            let isStopping = Flag()
            try await OwnThread.run {
                found.result = ProbeThread(asked(configuration), wakeUp) { isStopping.isSet }.run()
            } onCancel: {
                isStopping.set()
                wakeUp.signal()
            }
        } catch {
            found.result.failure = error
        }
        return found.result
    }

    private static func asked(_ configuration: ConnectionConfiguration) -> ConnectionConfiguration {
        var asked = configuration
        asked.clientID += "-check-\(String(UInt32.random(in: 0...UInt32.max), radix: 16))"
        asked.cleanStart = true
        asked.sessionExpirySeconds = 0
        asked.subscriptions = configuration.subscriptions.map { subscription in
            Subscription(filter: plain(subscription.filter), maximumQoS: .atMostOnce)
        }
        return asked
    }

    /// `$share/<group>/<filter>` without its group.
    public static func plain(_ filter: String) -> String {
        let parts = filter.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0] == "$share" ? String(parts[2]) : filter
    }

    private final class Flag: Sendable {
        private let flag = Atomic<Bool>(false)

        var isSet: Bool { flag.load(ordering: .acquiring) }

        func set() { flag.store(true, ordering: .releasing) }
    }

    private final class Found: Sendable {
        private let stored = Mutex(Result())

        var result: Result {
            get { stored.withLock { $0 } }
            set { stored.withLock { $0 = newValue } }
        }
    }
}

/// What the probe's thread does.
private struct ProbeThread {
    private let configuration: ConnectionConfiguration
    private let wakeUp: WakeUp
    private let isStopping: () -> Bool
    private let clock = ContinuousClock()

    init(_ configuration: ConnectionConfiguration, _ wakeUp: WakeUp, isStopping: @escaping () -> Bool) {
        self.configuration = configuration
        self.wakeUp = wakeUp
        self.isStopping = isStopping
    }

    func run() -> SubscriptionProbe.Result {
        var result = SubscriptionProbe.Result()
        do throws(ConnectionFailure) {
            if let fault = configuration.faults().first { throw fault }
            let started = clock.now
            let client = try Client(configuration)
            let deadline = started + configuration.connectTimeout
            guard
                try Handshake.perform(client, ipv4Only: false, deadline: deadline, wakeUp: wakeUp, isStopping: isStopping) != nil
            else { return result }
            result.connectedAfter = clock.now - started
            client.intake.discardsMessages = true
            let asked = clock.now
            try ask(client, &result)
            result.answeredAfter = clock.now - asked
            leave(client)
        } catch {
            result.failure = error
        }
        return result
    }

    private func ask(_ client: Client, _ result: inout SubscriptionProbe.Result) throws(ConnectionFailure) {
        var waiting: [Int32: Subscription] = [:]
        var answers: [String: SubscriptionProbe.Answer] = [:]
        for subscription in configuration.subscriptions {
            let (asked, id) = client.subscribe(subscription, retained: .never)
            guard asked.succeeded else { throw client.failure(of: asked) }
            waiting[id] = subscription
        }
        defer { result.answers = configuration.subscriptions.compactMap { answers[$0.filter] } }
        let deadline = clock.now + configuration.connectTimeout
        while !waiting.isEmpty, !isStopping() {
            let left = clock.now.duration(to: deadline)
            guard left > .zero else {
                throw .connectTimeout(host: configuration.host, port: configuration.port, after: configuration.connectTimeout)
            }
            if let failure = client.writeAll(limit: left, wakeUp: wakeUp) { throw failure }
            let before = client.intake.progress
            let read = client.read()
            for event in client.intake.takeEvents() {
                switch event {
                case .subscribed(let id, let codes):
                    guard let subscription = waiting.removeValue(forKey: id) else { continue }
                    answers[subscription.filter] = Self.answer(subscription.filter, Int(codes.first ?? 128))
                case .disconnected(let code) where code > 127:
                    throw .disconnectedByBroker(code: Int(code), reason: Client.reason(code))
                case .disconnected, .connected, .unsubscribed, .published:
                    continue
                }
            }
            guard read.succeeded, client.descriptor >= 0 else { throw client.failure(of: read) }
            if !waiting.isEmpty, client.intake.progress == before {
                _ = Poll.wait(socket: client.descriptor, wakeUp: wakeUp, limit: min(left, .milliseconds(100)))
            }
        }
    }

    private static func answer(_ filter: String, _ code: Int) -> SubscriptionProbe.Answer {
        let failure: ConnectionFailure? =
            code < 128 ? nil : .subscriptionRefused(filter: filter, code: code, reason: Client.reason(Int32(code)))
        return SubscriptionProbe.Answer(filter: filter, code: code, failure: failure)
    }

    private func leave(_ client: Client) {
        for subscription in configuration.subscriptions { _ = client.unsubscribe(subscription.filter) }
        guard client.disconnect().succeeded else { return }
        _ = client.writeAll(limit: .seconds(1), wakeUp: wakeUp)
    }
}
