import CMosquitto

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension Client {
    /// Puts a call's result into words, with the help of the library's log where TLS is at fault.
    func failure(of result: Result) -> ConnectionFailure {
        if let failure = tlsFailure() { return failure }
        switch result.code {
        case MOSQ_ERR_EAI.rawValue:
            return .hostNotFound(host: configuration.host, detail: String(cString: gai_strerror(result.systemCode)))
        case MOSQ_ERR_ERRNO.rawValue:
            return failure(ofSystem: result.systemCode)
        case MOSQ_ERR_CONN_LOST.rawValue, MOSQ_ERR_NO_CONN.rawValue:
            return .connectionLost(detail: "the broker closed it")
        case MOSQ_ERR_KEEPALIVE.rawValue:
            return .keepAliveExpired(seconds: configuration.keepAliveSeconds)
        case MOSQ_ERR_MALFORMED_UTF8.rawValue:
            return .malformedPacket(detail: "text with U+0000, a control character or invalid UTF-8")
        case MOSQ_ERR_MALFORMED_PACKET.rawValue, MOSQ_ERR_PROTOCOL.rawValue, MOSQ_ERR_DUPLICATE_PROPERTY.rawValue,
            MOSQ_ERR_TOPIC_ALIAS_INVALID.rawValue:
            return .malformedPacket(detail: String(cString: mosquitto_strerror(result.code)))
        case MOSQ_ERR_OVERSIZE_PACKET.rawValue, MOSQ_ERR_PAYLOAD_SIZE.rawValue:
            return .packetTooLarge(detail: String(cString: mosquitto_strerror(result.code)))
        case MOSQ_ERR_TLS.rawValue:
            return .tls(host: configuration.host, detail: tlsDetail)
        case MOSQ_ERR_NOMEM.rawValue:
            return .outOfMemory
        default:
            return .library(code: result.code, detail: String(cString: mosquitto_strerror(result.code)))
        }
    }

    func failure(ofSystem code: Int32) -> ConnectionFailure {
        switch code {
        case ECONNREFUSED:
            .portClosed(host: configuration.host, port: configuration.port)
        case EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, EHOSTDOWN, ENETDOWN, EACCES, EPERM, EADDRNOTAVAIL:
            .unreachable(host: configuration.host, port: configuration.port, detail: SystemError.text(code))
        case EPROTO:
            // What the library says when OpenSSL found fault with what it read.
            .tls(host: configuration.host, detail: tlsDetail)
        default:
            .connectionLost(detail: SystemError.text(code))
        }
    }

    /// A CONNACK with another code than success. 1…5 are those of MQTT 3.1.1 (3.2.2.3), from 128
    /// on those of MQTT 5 (3.2.2.2).
    func failure(ofConnect code: Int32) -> ConnectionFailure {
        let reason = String(
            cString: code < 128 ? mosquitto_connack_string(code) : mosquitto_reason_string(code))
        return switch code {
        case 4, 5, 134, 135: .loginRefused(username: configuration.username, reason: reason)
        default: .connectRefused(code: Int(code), reason: reason)
        }
    }

    static func reason(_ code: Int32) -> String {
        String(cString: mosquitto_reason_string(code))
    }

    private var tlsDetail: String {
        logLines.last.map { line in
            // "OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed"
            line.split(separator: ":", omittingEmptySubsequences: false).last.map(String.init) ?? line
        } ?? "the peer ended the handshake"
    }

    private func tlsFailure() -> ConnectionFailure? {
        guard let tls = configuration.tls else { return nil }
        func logged(_ text: String) -> Bool { logLines.contains { $0.contains(text) } }
        if logged("host name verification failed") {
            return .serverNameMismatch(host: configuration.host)
        }
        if logged("certificate verify failed") {
            return .serverNotTrusted(host: configuration.host, detail: tlsDetail)
        }
        if logged("key values mismatch") || logged("are inconsistent") {
            return .certificateKeyMismatch(certificate: tls.certificate ?? "", key: tls.key ?? "")
        }
        if logged("Unable to load CA certificates") {
            return .fileUnreadable(field: "tls.ca", path: tls.certificateAuthority ?? "", detail: tlsDetail)
        }
        if logged("Unable to load client certificate") {
            return .fileUnreadable(field: "tls.certificate", path: tls.certificate ?? "", detail: tlsDetail)
        }
        if logged("Unable to load client key file") {
            return .fileUnreadable(field: "tls.key", path: tls.key ?? "", detail: tlsDetail)
        }
        return nil
    }
}
