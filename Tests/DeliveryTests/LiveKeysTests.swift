import AMQP
import AMQPCodec
import Azure
import Delivery
import Journal
import Logging
import NIOCore
import NIOPosix
import Notifications
import Synchronization
import TestSupport
import Testing

@testable import LocalNamespace

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

// One after the other: a token must not run out because other tests keep the machine busy.
@Suite("Keys on the live connection", .serialized, .fewAtATime, .timeLimit(.minutes(5)))
struct LiveKeysTests {
    /// A namespace with two keys, and what its event hub was sent.
    private struct Rig: Sendable {
        let namespace: LocalNamespace
        let hub: Hub

        func connector(_ key: String, life: Duration = .seconds(3600)) -> any EndpointConnector {
            AMQPEndpointConnector(
                connection: ConnectionConfiguration(host: "127.0.0.1", port: namespace.port, containerID: "bridge"),
                address: "hub",
                signIn: TokenSignIn(
                    source: SharedAccessKeyTokens(name: "rule", key: Secret(key), life: life), audience: "sb://127.0.0.1/hub"),
                writer: AMQPMessageWriter(), group: MultiThreadedEventLoopGroup.singleton, logger: quiet)
        }

        /// Connections of the bridge: the hub's reader has one of its own.
        var connections: Int {
            get async { await namespace.statistics.connections - 1 }
        }
    }

    /// The ids that came to the hub, in their order.
    private final class Hub: Sendable {
        private let ids = Mutex<[String]>([])
        var seen: [String] { ids.withLock { $0 } }
        var count: Int { ids.withLock { $0.count } }

        func read(_ receiver: Receiver) async throws {
            for try await batch in receiver.messages {
                let new = try batch.map { try AMQPMessage(parsing: $0.bytes).applicationProperties["cloudEvents:id"]?.text ?? "" }
                ids.withLock { $0 += new }
                receiver.settle(batch, as: .accepted)
            }
        }
    }

    private func withRig(_ body: @escaping @Sendable (Rig) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let namespace = try await LocalNamespace.start(
            NamespaceConfiguration(rules: [AccessRule(name: "rule", primaryKey: "first=", secondaryKey: "second=")]),
            on: group, logger: quiet)
        let reader = try await Connection.connect(
            ConnectionConfiguration(
                host: "127.0.0.1", port: namespace.port, authentication: .plain(user: "rule", password: "first="),
                containerID: "reader"),
            on: group, logger: quiet)
        let receiver = try await reader.openReceiver(from: "hub")
        let hub = Hub()
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await hub.read(receiver) }
            try await body(Rig(namespace: namespace, hub: hub))
            tasks.cancelAll()
        }
        await reader.close()
        await namespace.close()
    }

    /// Appends events until `isOver`, and waits until all of them are at the hub, each once, in order.
    private func load(
        _ rig: Rig, _ outbox: Outbox, _ journal: Journal, until isOver: () async -> Bool
    ) async throws {
        let slots = try journal.register(endpoints: ["hub"])
        var number = 0
        while !(await isOver()) {
            let events = (0..<20).map { offset in
                PendingEvent(
                    notification: Notification(
                        id: "\(number + offset)", source: "s", type: "t", subject: "d\((number + offset) % 5)", body: [1]),
                    endpoints: EndpointSet(slots.values))
            }
            number += events.count
            _ = try await journal.append(JournalBatch(events: events))
            let sent = number
            // Under load, and no more: what waits is bounded.
            await eventually { rig.hub.count + 500 > sent }
        }
        let total = number
        await eventually { rig.hub.count >= total }
        #expect(rig.hub.seen.count == total && Set(rig.hub.seen).count == total)
        #expect(inOrderPerSubject(rig.hub.seen, subjects: 5))
    }

    @Test("a token is renewed again and again under load; one connection, nothing lost, nothing twice")
    func renewal() async throws {
        try await withRig { rig in
            try await OutboxRig(0).run(KeyedConnectors(primary: rig.connector("first=", life: .seconds(30)))) { outbox, journal in
                // The third comes when the first one's time is over.
                try await load(rig, outbox, journal) { await rig.namespace.statistics.tokens >= 3 }
                #expect(await rig.connections == 1)
                #expect(outbox.statistics.sessions == 1 && outbox.statistics.returned == 0)
            }
        }
    }

    @Test("keys are rotated under load on three connections to a hub, and all three stay")
    func rotationOfThree() async throws {
        try await withRig { rig in
            let connectors = ["first=", "second="].map { KeyedConnectors(primary: ParallelConnector(rig.connector($0), count: 3)) }
            try await OutboxRig(0).run(connectors[0]) { outbox, journal in
                let isAsked = Mutex(false)
                try await load(rig, outbox, journal) {
                    let tokens = await rig.namespace.statistics.tokens
                    let isDue = isAsked.withLock { isAsked in
                        guard !isAsked, tokens == 3, rig.hub.count > 100 else { return false }
                        isAsked = true
                        return true
                    }
                    if isDue { outbox.replace(connectors[1]) }
                    return tokens >= 6
                }
                #expect(await rig.connections == 3)
                #expect(outbox.statistics.sessions == 1 && outbox.statistics.returned == 0)
            }
        }
    }

    @Test("keys are rotated under load; one connection, nothing lost, nothing twice")
    func rotation() async throws {
        try await withRig { rig in
            try await OutboxRig(0).run(KeyedConnectors(primary: rig.connector("first="))) { outbox, journal in
                let asked = Mutex(0)
                try await load(rig, outbox, journal) {
                    let (seen, tokens) = (rig.hub.count, await rig.namespace.statistics.tokens)
                    let turn = asked.withLock { turn -> Int? in
                        guard seen > 100 * (turn + 1), tokens == turn + 1 else { return nil }
                        turn += 1
                        return turn
                    }
                    if turn == 1 { await rig.namespace.add(Fault(kind: .refuseKey(rule: nil, key: .primary))) }
                    if let turn, turn <= 3 { outbox.replace(KeyedConnectors(primary: rig.connector("second=", life: .seconds(1000 + turn)))) }
                    return tokens >= 4
                }
                #expect(await rig.connections == 1)
                #expect(outbox.statistics.sessions == 1 && outbox.statistics.returned == 0)
                #expect(outbox.statistics.primaryKey.verdict == .works)
            }
        }
    }

    @Test("a key that is refused at its renewal gives way to the other one, on the same connection")
    func failover() async throws {
        try await withRig { rig in
            let connectors = KeyedConnectors(
                primary: rig.connector("first=", life: .seconds(30)), secondary: rig.connector("second="))
            try await OutboxRig(0).run(connectors) { outbox, journal in
                try await load(rig, outbox, journal) {
                    if rig.hub.count > 20, outbox.statistics.keyInUse == .primary {
                        await rig.namespace.add(Fault(kind: .refuseKey(rule: nil, key: .primary)))
                    }
                    return outbox.statistics.keyInUse == .secondary
                }
                #expect(outbox.statistics.sessions == 1 && outbox.statistics.returned == 0)
                #expect(outbox.statistics.primaryKey.verdict == .refused)
                #expect(outbox.statistics.secondaryKey?.verdict == .works)
            }
        }
    }

    @Test("new keys of which the first is refused: the second goes on the live connection")
    func secondOfTwoNewKeys() async throws {
        try await withRig { rig in
            try await OutboxRig(0).run(KeyedConnectors(primary: rig.connector("first="))) { outbox, journal in
                await eventually { outbox.statistics.state == .sending }
                outbox.replace(KeyedConnectors(primary: rig.connector("wrong="), secondary: rig.connector("second=")))
                await eventually { outbox.statistics.keyInUse == .secondary }
                #expect(outbox.statistics.sessions == 1)
                #expect(outbox.statistics.primaryKey.verdict == .refused)
            }
        }
    }

    @Test("new keys of which none is right: the endpoint says so, and right ones set it going again")
    func wrongNewKeys() async throws {
        try await withRig { rig in
            try await OutboxRig(0).run(KeyedConnectors(primary: rig.connector("first="))) { outbox, journal in
                await eventually { outbox.statistics.state == .sending }
                outbox.replace(KeyedConnectors(primary: rig.connector("wrong=")))
                await eventually { outbox.statistics.state == .unauthorized }
                outbox.replace(KeyedConnectors(primary: rig.connector("second=")))
                await eventually { outbox.statistics.state == .sending }
            }
        }
    }

    @Test("a token that is over takes the link with it; the next one sets it going again, nothing lost")
    func expiry() async throws {
        try await withRig { rig in
            let connectors = KeyedConnectors(primary: rig.connector("first="), secondary: rig.connector("second="))
            try await OutboxRig(0).run(connectors) { outbox, journal in
                await eventually { outbox.statistics.state == .sending }
                await rig.namespace.add(Fault(kind: .expireToken))
                await eventually { outbox.statistics.sessions == 2 }
                let slots = try journal.register(endpoints: ["hub"])
                let event = Notification(id: "1", source: "s", type: "t", subject: "d", body: [1])
                _ = try await journal.append(
                    JournalBatch(events: [PendingEvent(notification: event, endpoints: EndpointSet(slots.values))]))
                // The fault took the link of the hub's reader too.
                await eventually { outbox.statistics.delivered == 1 }
            }
        }
    }
}
