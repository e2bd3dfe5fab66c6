import AMQP
import AMQPCodec

/// What one attached link does. Everything is called on the namespace's event loop.
protocol LinkHandler: AnyObject {
    func attached(_ link: ListenerLink)
    func received(_ delivery: IncomingDelivery) -> DeliveryDecision
    func creditChanged(_ credit: Int)
    func settled(_ settlements: [Settlement])
    func ended()
}

extension LinkHandler {
    func attached(_ link: ListenerLink) {}
    func received(_ delivery: IncomingDelivery) -> DeliveryDecision { .settle(.accepted) }
    func creditChanged(_ credit: Int) {}
    func settled(_ settlements: [Settlement]) {}
    func ended() {}
}

/// A link that was agreed to: how to attach it, and what it does then.
struct LinkAgreement {
    var settings: LinkSettings
    var handler: any LinkHandler
}

/// Why something is not done: goes to the client as a condition.
struct Refusal: Error {
    var condition: ErrorCondition

    init(_ condition: String, _ description: String) {
        self.condition = .told(condition, description)
    }
}

extension ErrorCondition {
    /// With something in `info`, which official clients read without asking whether it is there
    /// (reference 4.14).
    static func told(_ condition: String, _ description: String) -> ErrorCondition {
        ErrorCondition(
            condition, description: description,
            info: [.symbol("com.microsoft:tracking-id"): .string("twinroute-local-namespace")])
    }
}
