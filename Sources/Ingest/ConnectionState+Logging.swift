import Logging
import MQTT

extension ConnectionState {
    /// Info for what an operator must see, debug for the life cycle in between.
    func log(to logger: Logger) {
        switch self {
        case .connecting(let attempt):
            logger.debug("connecting to the broker", metadata: [LogKey.attempt: "\(attempt)"])
        case .connected(let sessionPresent):
            logger.info("broker connected", metadata: [LogKey.sessionPresent: "\(sessionPresent)"])
        case .subscribed:
            logger.debug("subscriptions answered")
        case .subscriptionRefused(let failure):
            logger.error("the broker refused a subscription", metadata: [LogKey.reason: "\(failure)"])
        case .subscriptionDowngraded(let filter, let grantedQoS):
            logger.warning(
                "the broker granted a lower QoS: messages may be lost before they come here",
                metadata: [LogKey.topic: "\(filter)", LogKey.grantedQoS: "\(grantedQoS)"])
        case .refused(let failure):
            logger.warning("broker out of reach", metadata: [LogKey.reason: "\(failure)"])
        case .disconnected(let failure):
            logger.warning("broker connection lost", metadata: [LogKey.reason: "\(failure)"])
        case .backingOff(let wait):
            logger.debug("waiting before the next try", metadata: [LogKey.wait: "\(wait)"])
        case .suspended:
            logger.info("broker connection suspended; the broker keeps the messages")
        case .stopped:
            logger.debug("broker connection ended")
        }
    }
}
