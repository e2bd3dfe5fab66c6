import CProton
import NIOCore
import NIOSSL

/// What a listener does with the news of one client's engine: asks the delegate, and carries out
/// what it says.
final class ServerSide: EngineOwner {
    private let delegate: any ListenerDelegate
    private let id: UInt64
    private let peer: String
    private let registry: ListenerRegistry
    private var connection: ListenerConnection?
    private var handles: [ObjectIdentifier: ListenerLink] = [:]
    var credentials: SASLCredentials?

    init(delegate: any ListenerDelegate, id: UInt64, peer: String, registry: ListenerRegistry) {
        self.delegate = delegate
        self.id = id
        self.peer = peer
        self.registry = registry
    }

    func engineOpened(_ engine: Engine) {
        let remote = engine.driver.connection
        let connection = ListenerConnection(
            id: id, peer: peer, credentials: credentials,
            containerID: pn_connection_remote_container(remote).map { String(cString: $0) } ?? "",
            hostname: pn_connection_remote_hostname(remote).map { String(cString: $0) },
            properties: ProtonData.map(pn_connection_remote_properties(remote)), engine: engine)
        self.connection = connection
        registry.add(connection)
        let refusal = delegate.opened(connection)
        engine.open()
        if let refusal { connection.close(refusal) }
    }

    func engine(_ engine: Engine, peerAttached pointer: OpaquePointer) {
        guard let connection else { return }
        let request = LinkRequest(proton: pointer, desiredCapabilities: engine.takeDesiredCapabilities(ofLink:))
        switch delegate.requested(request, on: connection) {
        case .refuse(let condition):
            condition.write(to: pn_link_condition(pointer))
            pn_terminus_set_type(pn_link_source(pointer), PN_UNSPECIFIED)
            pn_terminus_set_type(pn_link_target(pointer), PN_UNSPECIFIED)
            pn_link_open(pointer)
            pn_link_close(pointer)
            pn_link_free(pointer)
        case .accept(let settings):
            accept(pointer, request, settings, engine, connection)
        }
    }

    private func accept(
        _ pointer: OpaquePointer, _ request: LinkRequest, _ settings: LinkSettings, _ engine: Engine,
        _ connection: ListenerConnection
    ) {
        request.answer(pointer, settings)
        let address = settings.address ?? request.address ?? ""
        let link: ProtonLink
        switch request.role {
        case .sending:
            let sending = SendingLink(pointer, address: address, engine: engine, engineBytes: max(1, settings.engineBytes))
            sending.settlesOutcomes = settings.settlesOutcomes
            link = sending
        case .receiving:
            link = ReceivingLink(
                pointer, address: address, engine: engine, window: max(0, settings.credit),
                maxMessageSize: settings.maxMessageSize)
        }
        engine.links[pointer] = link
        let handle = ListenerLink(link, request: request, connection: connection)
        handles[ObjectIdentifier(link)] = handle
        report(link, to: handle)
        pn_link_open(pointer)
        link.attached()
        (link as? ReceivingLink)?.grantFirstCredit()
        delegate.attached(handle)
    }

    private func report(_ link: ProtonLink, to handle: ListenerLink) {
        let delegate = delegate
        (link as? SendingLink)?.onOutcomes = { delegate.settled($0, on: handle) }
        (link as? ReceivingLink)?.sink = .each { delegate.received($0, on: handle) }
        let key = ObjectIdentifier(link)
        link.onEnded = { [weak self] error in
            handle.closeInbox()
            self?.handles[key] = nil
            delegate.detached(handle, error: error)
        }
    }

    func engine(_ engine: Engine, creditChangedOn link: SendingLink) {
        guard let handle = handles[ObjectIdentifier(link)] else { return }
        delegate.creditChanged(Int(pn_link_credit(link.pointer)) - link.queuedCount, on: handle)
    }

    func engineEnded(_ engine: Engine, error: AMQPError?) {
        if let connection {
            registry.remove(connection)
            delegate.closed(connection, error: error)
        } else if let error {
            delegate.failed(peer: peer, error: error)
        }
        connection = nil
        handles = [:]
    }
}
