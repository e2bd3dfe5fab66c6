import AMQP
import AMQPCodec
import Logging
import NIOCore

/// The namespace: its entities, its clients and their links. All of it lives on one event loop, so
/// nothing of it needs a lock.
final class Namespace {
    static let maximumConnections = 5000

    let entities: EntityRegistry
    let eventGridTopics: [EventGridTopic]
    let eventGrid: EventGridLog
    let eventLoop: any EventLoop
    let logger: Logger
    let access: AccessControl
    private let clock: () -> Milliseconds
    private var clients: [ListenerConnection: Client] = [:]
    private var links: [ListenerLink: any LinkHandler] = [:]
    /// When something last moved on a link.
    private var activity: [ListenerLink: Milliseconds] = [:]
    var faults = FaultTable()
    var statistics = NamespaceStatistics()
    private let tokenLimit: Milliseconds
    private let totalBytes: Int
    private var takenSinceCheck = 0
    var isWatchingIdleLinks = false
    /// Between a link's request and its attach, which follows at once.
    private var agreed: (any LinkHandler)?

    init(
        _ configuration: NamespaceConfiguration, eventLoop: any EventLoop, logger: Logger,
        clock: @escaping () -> Milliseconds
    ) throws(ContentsError) {
        self.eventLoop = eventLoop
        self.logger = logger
        self.clock = clock
        tokenLimit = configuration.tokenLimit
        totalBytes = max(1 << 20, configuration.totalBytes)
        eventGridTopics = configuration.topics
        eventGrid = EventGridLog(byteLimit: configuration.entityBytes)
        access = AccessControl(rules: configuration.rules, issuer: configuration.tokenIssuer.map(TokenIssuer.init))
        let storage: ContentsStore?
        if let folder = configuration.dataFolder {
            storage = try ContentsStore(folder: folder, logger: logger)
        } else {
            storage = nil
        }
        entities = try EntityRegistry(
            declared: configuration.entities, makesOnTheFly: configuration.makesEntities,
            defaults: EntityDefaults(partitions: configuration.partitions, byteLimit: configuration.entityBytes),
            alarm: Alarm(eventLoop: eventLoop, clock: clock), storage: storage)
        for fault in configuration.faults { _ = add(fault) }
    }

    var now: Milliseconds { clock() }

    /// Looks at the total now and then, for it costs a walk over all entities.
    func noteTaken(bytes: Int, messages: Int) {
        takenSinceCheck += bytes + messages * Partition.overheadBytes
        guard takenSinceCheck >= totalBytes / 32 else { return }
        takenSinceCheck = 0
        entities.enforce(totalBytes: totalBytes)
    }

    // MARK: Access

    func login(_ credentials: SASLCredentials) -> Bool {
        guard credentials.mechanism == .plain else { return true }
        return grant(for: credentials) != nil
    }

    private func grant(for credentials: SASLCredentials?) -> AccessControl.Grant? {
        guard let credentials, credentials.mechanism == .plain else { return nil }
        return access.login(user: credentials.user, password: credentials.password, isRefused: isRefused)
    }

    func verify(token: String, audience: String?) -> AccessControl.Verdict {
        if faults.refusesTokens(at: now) { return .refused("ExpiredToken: tokens are over, on request") }
        return access.verify(token: token, audience: audience, at: now, isRefused: isRefused)
    }

    private func isRefused(_ rule: String, isPrimary: Bool) -> Bool {
        faults.refusesKey(rule: rule, isPrimary: isPrimary, at: now)
    }

    func mayUse(path: String, claims: [AccessRule.Claim], _ client: Client) -> Bool {
        access.isOpen || claims.contains { client.isAllowed($0, on: path, at: now) }
    }

    /// Links whose token's time is over are detached then.
    func watchTokens(of client: Client) {
        guard !access.isOpen, let expiry = client.nextExpiry(after: now) else { return }
        let bound = NIOLoopBound((self, client), eventLoop: eventLoop)
        eventLoop.scheduleTask(in: .milliseconds(max(1, min(expiry - now + 1, 86_400_000)))) {
            let (namespace, client) = bound.value
            guard namespace.clients[client.connection] != nil else { return }
            namespace.detachUncovered(of: client)
            namespace.watchTokens(of: client)
        }
    }

    func detachUncovered(of client: Client) {
        for link in links.keys where link.connection == client.connection {
            guard let node = NodeAddress(link.request.address), let claim = Self.claim(for: node, link.role),
                !mayUse(path: node.path, claims: claim, client)
            else { continue }
            link.detach(.told("amqp:unauthorized-access", "ExpiredToken: the token for '\(node.path)' is over"))
        }
    }

    /// Nil: anybody may.
    static func claim(for node: NodeAddress, _ role: LinkRole) -> [AccessRule.Claim]? {
        switch node {
        case .tokens: nil
        case .management(of: nil): nil
        case .management: [.listen, .send]
        default: role == .receiving ? [.send] : [.listen]
        }
    }

    // MARK: Entities

    func hub(_ name: String) throws(Refusal) -> EventHub {
        guard let hub = try entities.entity(name).hub else {
            throw Refusal("amqp:not-found", "The messaging entity '\(name)' could not be found: it is no event hub.")
        }
        return hub
    }

    // MARK: Clients and links

    func opened(_ connection: ListenerConnection) -> ErrorCondition? {
        guard clients.count < Self.maximumConnections else {
            return .told("amqp:resource-limit-exceeded", "the namespace has \(clients.count) connections already")
        }
        if faults.refusesConnections(at: now) { return .told("amqp:connection:forced", "closed on request") }
        let client = Client(connection, login: grant(for: connection.credentials))
        clients[connection] = client
        statistics.connections += 1
        if !access.isOpen { expectToken(of: client) }
        return nil
    }

    /// A connection that has no token in time is dropped.
    private func expectToken(of client: Client) {
        guard !client.hasAnyGrant(at: now) else { return }
        let bound = NIOLoopBound((self, client), eventLoop: eventLoop)
        eventLoop.scheduleTask(in: .milliseconds(tokenLimit)) {
            let (namespace, client) = bound.value
            guard namespace.clients[client.connection] != nil, !client.hasAnyGrant(at: namespace.now) else { return }
            client.connection.close(
                .told("amqp:connection:forced", "no token came within \(namespace.tokenLimit) ms"))
        }
    }

    func closed(_ connection: ListenerConnection) {
        clients[connection] = nil
    }

    func requested(_ request: LinkRequest, on connection: ListenerConnection) -> LinkDecision {
        do throws(Refusal) {
            guard let client = clients[connection] else { throw Refusal("amqp:illegal-state", "the connection ends") }
            guard client.linkCount < Client.maximumLinks else {
                throw Refusal("amqp:resource-limit-exceeded", "the connection has \(client.linkCount) links already")
            }
            let agreement = try agreement(on: request, client)
            agreed = agreement.handler
            return .accept(agreement.settings)
        } catch {
            logger.debug("link refused", metadata: [
                LogKey.entity: "\(request.address ?? "")", LogKey.peer: "\(connection.peer)",
                LogKey.reason: "\(error.condition.text)",
            ])
            return .refuse(error.condition)
        }
    }

    func attached(_ link: ListenerLink) {
        guard let handler = agreed else { return }
        agreed = nil
        links[link] = handler
        clients[link.connection]?.linkCount += 1
        handler.attached(link)
        logger.debug("link attached", metadata: [
            LogKey.entity: "\(link.request.address ?? "")", LogKey.peer: "\(link.connection.peer)"])
    }

    func received(_ delivery: IncomingDelivery, on link: ListenerLink) -> DeliveryDecision {
        note(link)
        return links[link]?.received(delivery) ?? .settle(.released)
    }

    func creditChanged(_ credit: Int, on link: ListenerLink) {
        note(link)
        links[link]?.creditChanged(credit)
    }

    func settled(_ settlements: [Settlement], on link: ListenerLink) {
        note(link)
        links[link]?.settled(settlements)
    }

    /// Only while somebody wants to know: it costs a look-up for every message.
    private func note(_ link: ListenerLink) {
        if isWatchingIdleLinks { activity[link] = now }
    }

    func lastActivity(of link: ListenerLink) -> Milliseconds {
        if let last = activity[link] { return last }
        activity[link] = now
        return now
    }

    func client(of connection: ListenerConnection) -> Client? { clients[connection] }

    var allConnections: Set<ListenerConnection> { Set(clients.keys) }

    /// Links to and from the entity, or any entity; those to nodes are not among them.
    func linksOfEntity(_ name: String?) -> [ListenerLink] {
        links.keys.filter { link in
            guard let node = NodeAddress(link.request.address), let entity = node.entityName else { return false }
            if case .management = node { return false }
            return name.map { $0.lowercased() == entity.lowercased() } ?? true
        }
    }

    func detached(_ link: ListenerLink) {
        guard let handler = links.removeValue(forKey: link) else { return }
        clients[link.connection]?.linkCount -= 1
        activity[link] = nil
        handler.ended()
    }

    func stop() { entities.stop() }
}
