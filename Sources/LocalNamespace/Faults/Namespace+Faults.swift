import AMQP
import NIOCore

extension Namespace {
    /// Puts a fault on, and carries out what of it happens at once: `struck` connections or links.
    func add(_ fault: Fault) -> (id: Int, struck: Int) {
        let id = faults.add(fault, at: now)
        var struck = 0
        switch fault.kind {
        case .forceClose:
            let connections = connections(of: fault.entity)
            for connection in connections { connection.close(.told("amqp:connection:forced", "closed on request")) }
            struck = connections.count
        case .expireToken:
            struck = revokeTokens(of: fault.entity)
        case .disableEntity:
            struck = detachLinks(of: fault.entity, .told("com.microsoft:entity-disabled", "disabled on request"))
        case .detachIdle:
            watchIdleLinks()
        case .withholdCredit, .refuseKey, .throttle, .reject, .release, .delayDispositions, .cutMidFrame:
            break
        }
        faults.note(id, struck: struck)
        if fault.strikesOnce { _ = faults.remove(id) }
        return (id, struck)
    }

    /// What a transfer to the entity comes to.
    func fate(of entity: String, _ publication: Publication, bytes: Int) -> FaultTable.Fate {
        faults.isEmpty ? .take : faults.fate(of: entity, events: publication.messages.count, bytes: bytes, at: now)
    }

    private func connections(of entity: String?) -> Set<ListenerConnection> {
        Set(linksOfEntity(entity).map(\.connection)).union(entity == nil ? allConnections : [])
    }

    private func revokeTokens(of entity: String?) -> Int {
        for connection in connections(of: entity) { client(of: connection)?.revokeTokens() }
        return detachLinks(of: entity, .told("amqp:unauthorized-access", "ExpiredToken: the token is over, on request"))
    }

    private func detachLinks(of entity: String?, _ condition: ErrorCondition) -> Int {
        let links = linksOfEntity(entity)
        for link in links { link.detach(condition) }
        return links.count
    }

    /// Looks every quarter of a second, for as long as such a fault is on.
    private func watchIdleLinks() {
        guard !isWatchingIdleLinks else { return }
        isWatchingIdleLinks = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: .milliseconds(250)) {
            let namespace = bound.value
            namespace.isWatchingIdleLinks = false
            var isOn = false
            for (_, fault, _) in namespace.faults.list(at: namespace.now) {
                if case .detachIdle = fault.kind { isOn = true }
            }
            guard isOn else { return }
            namespace.detachIdleLinks()
            namespace.watchIdleLinks()
        }
    }

    private func detachIdleLinks() {
        let now = now
        for link in linksOfEntity(nil) {
            guard let name = NodeAddress(link.request.address)?.entityName,
                let limit = faults.reachedIdleLimit(name, idleFor: now - lastActivity(of: link), at: now)
            else { continue }
            link.detach(.told("amqp:link:detach-forced", "the link was idle for \(limit) ms"))
        }
    }
}
