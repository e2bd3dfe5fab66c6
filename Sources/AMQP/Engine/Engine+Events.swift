import CProton
import NIOCore

extension Engine {
    /// Handles every event that waits. Never from within an event: taking the next one makes the
    /// one before invalid.
    func dispatch() {
        guard !isDispatching else { return }
        isDispatching = true
        defer { isDispatching = false }
        while let event = driver.nextEvent() { handle(event) }
    }

    private func handle(_ event: OpaquePointer) {
        switch pn_event_type(event) {
        case PN_DELIVERY:
            guard let delivery = pn_event_delivery(event) else { return }
            ProtonLink.of(pn_delivery_link(delivery))?.update(delivery)
        case PN_LINK_FLOW:
            flow(pn_event_link(event))
        case PN_LINK_REMOTE_OPEN:
            linkOpened(pn_event_link(event))
        case PN_LINK_REMOTE_CLOSE, PN_LINK_REMOTE_DETACH:
            linkEnded(pn_event_link(event), isClosed: pn_event_type(event) == PN_LINK_REMOTE_CLOSE)
        case PN_SESSION_REMOTE_OPEN:
            if settings.isServer, let session = pn_event_session(event) { pn_session_open(session) }
        case PN_SESSION_REMOTE_CLOSE:
            sessionEnded(pn_event_session(event))
        case PN_CONNECTION_REMOTE_OPEN:
            connectionOpened()
        case PN_CONNECTION_REMOTE_CLOSE:
            connectionClosed()
        case PN_TRANSPORT_ERROR:
            transportFailed()
        default:
            break
        }
    }

    private func connectionOpened() {
        isOpen = true
        notePeerMaxFrameSize()
        timers.open?.cancel()
        timers.open = nil
        tick()
        owner?.engineOpened(self)
    }

    private func connectionClosed() {
        let condition = ErrorCondition(proton: pn_connection_remote_condition(driver.connection))
        if condition == nil, settings.isServer { wasClosedByClient = true }
        note(.connectionClosed(condition))
        pn_connection_close(driver.connection)
    }

    private func transportFailed() {
        if let refused = authenticationFailure { return note(refused) }
        let condition = ErrorCondition(proton: pn_transport_condition(driver.transport))
            ?? ErrorCondition("amqp:internal-error")
        switch (condition.condition, condition.description) {
        case ("amqp:resource-limit-exceeded", "local-idle-timeout expired"):
            note(.idleTimeout)
        case (_, let text?) where text.contains("connection aborted"):
            note(.connectionLost(reason: "the peer stopped without a close"))
        default:
            note(.protocolViolation(condition))
        }
    }

    private func sessionEnded(_ session: OpaquePointer?) {
        guard let session else { return }
        let condition = ErrorCondition(proton: pn_session_remote_condition(session))
        for (pointer, link) in links where pn_link_session(pointer) == session {
            release(link, .sessionEnded(condition))
        }
        pn_session_close(session)
        pn_session_free(session)
        if session == self.session { self.session = nil }
    }

    private func linkOpened(_ pointer: OpaquePointer?) {
        guard let pointer else { return }
        guard let link = ProtonLink.of(pointer) else {
            if settings.isServer { owner?.engine(self, peerAttached: pointer) } else { refuse(pointer) }
            return
        }
        let terminus = pn_link_is_sender(pointer) ? pn_link_remote_target(pointer) : pn_link_remote_source(pointer)
        // An attach without our address is how a refusal begins (part 2, section 2.6.3); the detach
        // with the reason follows. A peer that only forgot it shows so with credit or a message.
        if pn_terminus_get_type(terminus) != PN_UNSPECIFIED { link.attached() }
    }

    private func flow(_ pointer: OpaquePointer?) {
        guard let link = ProtonLink.of(pointer) as? SendingLink else { return }
        if !link.isOpen, pn_link_credit(link.pointer) > 0 { link.attached() }
        if link.takeCreditNews() { owner?.engine(self, creditChangedOn: link) }
    }

    private func linkEnded(_ pointer: OpaquePointer?, isClosed: Bool) {
        guard let pointer, let link = ProtonLink.of(pointer) else { return }
        let condition = ErrorCondition(proton: pn_link_remote_condition(pointer))
        if isClosed || link.isDetaching { pn_link_close(pointer) } else { pn_link_detach(pointer) }
        if !link.isOpen {
            release(link, .linkRefused(address: link.address, condition))
        } else if condition == nil, link.isDetaching || settings.isServer {
            release(link, nil)
        } else {
            release(link, .linkDetached(condition))
        }
    }

    /// No peer of a client has a reason to begin a link.
    private func refuse(_ pointer: OpaquePointer) {
        ErrorCondition("amqp:not-allowed", description: "this peer takes no links").write(to: pn_link_condition(pointer))
        pn_link_open(pointer)
        pn_link_close(pointer)
        pn_link_free(pointer)
    }

    /// The link's end is reported, and Proton may forget it.
    func release(_ link: ProtonLink, _ error: AMQPError?) {
        guard !link.isEnded else { return }
        link.end(error)
        links[link.pointer] = nil
        pn_link_free(link.pointer)
    }
}
