import AMQPCodec
import CProton
import NIOCore

extension Engine {
    /// One session carries all links of a client, as Service Bus clients do it.
    private func openSession() -> OpaquePointer? {
        if let session { return session }
        guard !isEnded, !isClosing, let session = pn_session(driver.connection) else { return nil }
        pn_session_open(session)
        self.session = session
        return session
    }

    func attachSender(
        to address: String, _ options: SenderOptions, within limit: Duration,
        completion: @escaping (Result<SendingLink, AMQPError>) -> Void
    ) {
        guard let session = openSession(), let pointer = pn_sender(session, options.name ?? nextLinkName()) else {
            return completion(.failure(failure ?? .closedLocally))
        }
        pn_terminus_set_address(pn_link_target(pointer), address)
        ProtonData.set(pn_terminus_capabilities(pn_link_target(pointer)), symbols: options.targetCapabilities)
        // A source even without an address: peers take its absence for a refusal.
        pn_terminus_set_type(pn_link_source(pointer), PN_SOURCE)
        if let source = options.sourceAddress { pn_terminus_set_address(pn_link_source(pointer), source) }
        pn_link_set_snd_settle_mode(pointer, options.settleMode.proton)
        pn_link_set_rcv_settle_mode(pointer, options.receiverSettleMode.proton)
        ProtonData.set(pn_link_properties(pointer), map: options.properties)
        let link = SendingLink(pointer, address: address, engine: self, engineBytes: max(1, options.engineBytes))
        attach(link, within: limit) { completion($0.map { link }) }
    }

    /// - Parameter makeHandle: called before the attach, so that nothing that comes is missed.
    func attachReceiver<Handle>(
        from address: String, _ options: ReceiverOptions, within limit: Duration,
        makeHandle: (ReceivingLink) -> Handle, completion: @escaping (Result<Handle, AMQPError>) -> Void
    ) {
        guard let session = openSession(), let pointer = pn_receiver(session, options.name ?? nextLinkName()) else {
            return completion(.failure(failure ?? .closedLocally))
        }
        let source = pn_link_source(pointer)
        pn_terminus_set_address(source, address)
        ProtonData.set(pn_terminus_filter(source), map: options.filters)
        ProtonData.set(pn_terminus_capabilities(source), symbols: options.sourceCapabilities)
        pn_terminus_set_type(pn_link_target(pointer), PN_TARGET)
        if let target = options.targetAddress { pn_terminus_set_address(pn_link_target(pointer), target) }
        pn_link_set_snd_settle_mode(pointer, options.settleMode.proton)
        pn_link_set_rcv_settle_mode(pointer, options.receiverSettleMode.proton)
        pn_link_set_max_message_size(pointer, options.maxMessageSize)
        ProtonData.set(pn_link_properties(pointer), map: options.properties)
        let link = ReceivingLink(
            pointer, address: address, engine: self, window: max(1, options.credit),
            maxMessageSize: options.maxMessageSize)
        let handle = makeHandle(link)
        attach(link, within: limit) { completion($0.map { handle }) }
        link.grantFirstCredit()
        process()
    }

    private func attach(
        _ link: ProtonLink, within limit: Duration, completion: @escaping (Result<Void, AMQPError>) -> Void
    ) {
        links[link.pointer] = link
        let timer = schedule(after: limit) { engine in
            guard !link.isOpen, let report = link.onAttached else { return }
            link.onAttached = nil
            report(.failure(.timedOut(.attach, after: limit)))
            engine.detach(link)
            engine.process()
        }
        link.onAttached = { result in
            timer.cancel()
            completion(result)
        }
        pn_link_open(link.pointer)
        process()
    }
}

extension SenderSettleMode {
    var proton: pn_snd_settle_mode_t {
        switch self {
        case .unsettled: PN_SND_UNSETTLED
        case .settled: PN_SND_SETTLED
        case .mixed: PN_SND_MIXED
        }
    }
}

extension ReceiverSettleMode {
    var proton: pn_rcv_settle_mode_t {
        switch self {
        case .first: PN_RCV_FIRST
        case .second: PN_RCV_SECOND
        }
    }
}
