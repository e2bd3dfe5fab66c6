import AMQPCodec
import CProton

extension LinkRequest {
    init(proton link: OpaquePointer, desiredCapabilities: (String) -> [String]) {
        let (source, target) = (pn_link_remote_source(link), pn_link_remote_target(link))
        role = pn_link_is_sender(link) ? .sending : .receiving
        let own = role == .sending ? source : target
        name = pn_link_name(link).map { String(cString: $0) } ?? ""
        sourceAddress = pn_terminus_get_address(source).map { String(cString: $0) }
        targetAddress = pn_terminus_get_address(target).map { String(cString: $0) }
        address = role == .sending ? sourceAddress : targetAddress
        isDynamic = pn_terminus_is_dynamic(own)
        isCoordinator = pn_terminus_get_type(target) == PN_COORDINATOR
        filters = ProtonData.map(pn_terminus_filter(source))
        properties = ProtonData.map(pn_link_remote_properties(link))
        capabilities = ProtonData.symbols(pn_terminus_capabilities(own))
        self.desiredCapabilities = desiredCapabilities(name)
        settleMode = SenderSettleMode(rawValue: UInt8(truncatingIfNeeded: pn_link_remote_snd_settle_mode(link).rawValue)) ?? .mixed
        receiverSettleMode =
            ReceiverSettleMode(rawValue: UInt8(truncatingIfNeeded: pn_link_remote_rcv_settle_mode(link).rawValue)) ?? .first
        maxMessageSize = pn_link_remote_max_message_size(link)
    }

    /// Our end: the client's own source and target come back, which clients insist on.
    func answer(_ link: OpaquePointer, _ settings: LinkSettings) {
        let (source, target) = (pn_link_source(link), pn_link_target(link))
        pn_terminus_copy(source, pn_link_remote_source(link))
        pn_terminus_copy(target, pn_link_remote_target(link))
        // A null source or target in the answer would be a refusal, even where the client's was null.
        if pn_terminus_get_type(source) == PN_UNSPECIFIED { pn_terminus_set_type(source, PN_SOURCE) }
        if pn_terminus_get_type(target) == PN_UNSPECIFIED { pn_terminus_set_type(target, PN_TARGET) }
        if let address = settings.address {
            pn_terminus_set_address(role == .sending ? source : target, address)
        }
        if let filters = settings.filters { ProtonData.set(pn_terminus_filter(source), .map(filters)) }
        ProtonData.set(pn_link_properties(link), map: settings.properties)
        pn_link_set_snd_settle_mode(link, settleMode.proton)
        pn_link_set_rcv_settle_mode(link, receiverSettleMode.proton)
        pn_link_set_max_message_size(link, settings.maxMessageSize)
    }
}
