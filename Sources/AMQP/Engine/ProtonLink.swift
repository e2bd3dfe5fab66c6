import CProton

/// One link on the event loop. `SendingLink` and `ReceivingLink` add what their role does.
///
/// The engine keeps it alive until the link has ended; Proton's link holds its address.
class ProtonLink {
    let pointer: OpaquePointer
    /// The end that the two sides are talking about: the target of what we send, the source of
    /// what we receive.
    let address: String
    private(set) var isEnded = false
    /// We asked for the end, with the error to report, if any.
    var isDetaching = false
    /// The peer's attach has come.
    var isOpen = false
    /// Tells once whether the attach was accepted.
    var onAttached: ((Result<Void, AMQPError>) -> Void)?
    /// Tells once why the link ended; nil: as this side or the peer meant it to, without an error.
    var onEnded: ((AMQPError?) -> Void)?
    unowned let engine: Engine

    init(_ pointer: OpaquePointer, address: String, engine: Engine) {
        self.pointer = pointer
        self.address = address
        self.engine = engine
        pn_link_set_context(pointer, Unmanaged.passUnretained(self).toOpaque())
    }

    static func of(_ pointer: OpaquePointer?) -> ProtonLink? {
        guard let pointer, let context = pn_link_get_context(pointer) else { return nil }
        return Unmanaged<ProtonLink>.fromOpaque(context).takeUnretainedValue()
    }

    /// The peer accepted the attach.
    func attached() {
        guard !isOpen else { return }
        isOpen = true
        let report = onAttached
        onAttached = nil
        report?(.success(()))
    }

    /// Deliveries that came in since the last call are handed on.
    func flushReports() {}

    /// Proton has news about a delivery of this link.
    func update(_ delivery: OpaquePointer) {}

    /// Reports the end and lets go. The engine calls it once, before it frees Proton's link.
    func end(_ error: AMQPError?) {
        guard !isEnded else { return }
        flushReports()
        isEnded = true
        pn_link_set_context(pointer, nil)
        let attachFailed = onAttached
        let ended = onEnded
        (onAttached, onEnded) = (nil, nil)
        attachFailed?(.failure(error ?? .linkRefused(address: address, nil)))
        ended?(error)
    }
}
