import AMQP
import Azure
import MQTT

extension StepFailure {
    /// Where the failure's own words end in a remedy, that is it.
    init(_ failure: EndpointFailure) {
        // Our own words for what went wrong on the way add nothing to the step's name.
        let isSaid = failure.condition.contains(":") && !failure.condition.hasPrefix("timeout:")
        let said = isSaid ? "\(failure.condition): " : ""
        if let place = failure.detail.ranges(of: "; ").last {
            self.init(said + failure.detail[..<place.lowerBound], remedy: String(failure.detail[place.upperBound...]))
        } else {
            self.init(said + failure.detail, remedy: Self.remedy(failure))
        }
    }

    init(_ error: AMQPError) {
        self.init(EndpointFailure(error))
        if case .connectFailed(let host, let port, let reason) = error, reason.contains("Connection refused") {
            detail = "nothing listens on \(host):\(port)"
        }
    }

    init(_ failure: ConnectionFailure) {
        let text = "\(failure)"
        if let place = text.ranges(of: ": ").last, Self.remedyFollows.contains(failure.kind) {
            self.init(String(text[..<place.lowerBound]), remedy: String(text[place.upperBound...]))
        } else {
            self.init(text, remedy: "see the broker's log; the bridge itself tries again")
        }
    }

    /// Failures whose words end in a remedy.
    private static let remedyFollows: Set<ConnectionFailure.Kind> = [
        .invalidConfiguration, .hostNotFound, .portClosed, .unreachable, .connectTimeout, .fileUnreadable,
        .certificateKeyMismatch, .serverNotTrusted, .serverNameMismatch, .tls, .loginRefused, .subscriptionRefused, .malformedPacket,
    ]

    private static func remedy(_ failure: EndpointFailure) -> String {
        switch failure.condition {
        case "dns": return "check the host's spelling, and this machine's name server"
        case "tcp", "timeout:connect":
            return "check host and port, and that a firewall lets them through; with `transport: websockets` port 443 is enough"
        case "tls", "timeout:tlsHandshake": return "check that the port speaks TLS, and `tls.ca`"
        case "timeout:proxy": return "check the proxy's host and port"
        case "websocket", "timeout:webSocket": return "check host and port, or leave `transport: websockets` out"
        case "timeout:open", "protocol", "connection-lost", "closed-without-condition":
            return "check that host and port are those of AMQP 1.0, and whether it begins with TLS"
        case "mechanism": return "set `auth` to what the far side offers"
        case "sasl": return "check the rule's name and the key"
        default: break
        }
        switch failure.kind {
        case .unauthorized: return "check the rule's name and key, its right to send, and this machine's clock"
        case .gone: return "check `path`: there is no such entity, or it is disabled"
        case .throttled: return "wait; the bridge does so by itself"
        case .timedOut: return "see whether the far side is busy; --timeout waits longer"
        case .transient, .refused, .tooLarge, .internalError: return "docs/delivery.md tells what the bridge does about it"
        }
    }
}
