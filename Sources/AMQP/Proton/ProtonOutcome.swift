import CProton

// Proton's constants are macros of type int; the states are 64 bits wide.
private let acceptedState = UInt64(PN_ACCEPTED)
private let rejectedState = UInt64(PN_REJECTED)
private let releasedState = UInt64(PN_RELEASED)
private let modifiedState = UInt64(PN_MODIFIED)

extension Outcome {
    /// The outcome that the peer gave; nil for a state that decides nothing (`received`).
    init?(remoteOf delivery: OpaquePointer) {
        switch pn_delivery_remote_state(delivery) {
        case acceptedState:
            self = .accepted
        case rejectedState:
            self = .rejected(ErrorCondition(proton: pn_disposition_condition(pn_delivery_remote(delivery))))
        case releasedState:
            self = .released
        case modifiedState:
            let disposition = pn_delivery_remote(delivery)
            self = .modified(
                deliveryFailed: pn_disposition_is_failed(disposition),
                undeliverableHere: pn_disposition_is_undeliverable(disposition))
        default:
            return nil
        }
    }

    /// Sets it as our side's state and settles; the delivery is gone afterwards.
    func settle(_ delivery: OpaquePointer) {
        update(delivery)
        pn_delivery_settle(delivery)
    }

    private func update(_ delivery: OpaquePointer) {
        switch self {
        case .accepted:
            pn_delivery_update(delivery, acceptedState)
        case .rejected(let condition):
            condition?.write(to: pn_disposition_condition(pn_delivery_local(delivery)))
            pn_delivery_update(delivery, rejectedState)
        case .released:
            pn_delivery_update(delivery, releasedState)
        case .modified(let deliveryFailed, let undeliverableHere):
            let disposition = pn_delivery_local(delivery)
            pn_disposition_set_failed(disposition, deliveryFailed)
            pn_disposition_set_undeliverable(disposition, undeliverableHere)
            pn_delivery_update(delivery, modifiedState)
        }
    }

    /// A sender's answer to an outcome that the receiver has not settled: the same outcome,
    /// without the error, settled. Service Bus clients wait for it.
    func echo(_ delivery: OpaquePointer) {
        let echoed: Outcome = if case .rejected = self { .rejected(nil) } else { self }
        echoed.settle(delivery)
    }
}
