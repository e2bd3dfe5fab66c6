import CMosquitto

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The library's callbacks. All of them run on the thread that owns the ``Client``, inside one of
/// its calls.
enum Callbacks {
    static func install(on mosquitto: OpaquePointer) {
        mosquitto_connect_v5_callback_set(mosquitto, connected)
        mosquitto_disconnect_v5_callback_set(mosquitto, disconnected)
        mosquitto_message_v5_callback_set(mosquitto, received)
        mosquitto_subscribe_v5_callback_set(mosquitto, subscribed)
        mosquitto_unsubscribe_v5_callback_set(mosquitto, unsubscribed)
        mosquitto_publish_v5_callback_set(mosquitto, published)
        mosquitto_log_callback_set(mosquitto, logged)
    }

    private static func client(_ context: UnsafeMutableRawPointer?) -> Client? {
        context.map { Unmanaged<Client>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Inside `Client.read`, on the client's thread: CONNACK.
    private static let connected:
        @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, Int32, Int32, OpaquePointer?) -> Void = {
            _, context, code, flags, properties in
            let keepAlive = PropertyList.serverKeepAlive(properties)
            client(context)?.intake.add(
                .connected(code: code, sessionPresent: flags & 1 != 0, serverKeepAlive: keepAlive))
        }

    /// Inside any call of `Client`, on the client's thread: the socket has been closed.
    private static let disconnected:
        @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, Int32, OpaquePointer?) -> Void = {
            _, context, code, _ in
            client(context)?.intake.add(.disconnected(code: code))
        }

    /// Inside `Client.read`, on the client's thread: PUBLISH.
    private static let received:
        @convention(c) (
            OpaquePointer?, UnsafeMutableRawPointer?, UnsafePointer<mosquitto_message>?, OpaquePointer?
        ) -> Void = { _, context, message, properties in
            guard let client = client(context), let message = message?.pointee else { return }
            client.received(message, properties: properties)
            // Over TLS one call reads on while decrypted bytes are left, past any batch limit; it
            // ends after this message if it finds EAGAIN here.
            if client.intake.isFull { errno = EAGAIN }
        }

    /// Inside `Client.read`, on the client's thread: SUBACK.
    private static let subscribed:
        @convention(c) (
            OpaquePointer?, UnsafeMutableRawPointer?, Int32, Int32, UnsafePointer<Int32>?, OpaquePointer?
        ) -> Void = { _, context, id, count, codes, _ in
            let codes = Array(UnsafeBufferPointer(start: codes, count: Int(count)))
            client(context)?.intake.add(.subscribed(id: id, codes: codes))
        }

    /// Inside `Client.read`, on the client's thread: UNSUBACK.
    private static let unsubscribed:
        @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, Int32, OpaquePointer?) -> Void = {
            _, context, _, _ in
            client(context)?.intake.add(.unsubscribed)
        }

    /// Inside `Client.read` or `Client.write`, on the client's thread: an outgoing message is done.
    private static let published:
        @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, Int32, Int32, OpaquePointer?) -> Void = {
            _, context, _, code, _ in
            client(context)?.intake.add(.published(code: code))
        }

    /// Inside any call of `Client`, on the client's thread, until messages come that the broker has
    /// not sent before.
    private static let logged:
        @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?) -> Void = {
            _, context, level, text in
            guard let text else { return }
            if level == MOSQ_LOG_ERR {
                client(context)?.logLines.append(String(cString: text))
            } else if level == MOSQ_LOG_DEBUG {
                client(context)?.redelivery?.read(text)
            }
        }

    /// On the client's thread, when a key file is encrypted. Without it OpenSSL would ask the
    /// terminal and wait.
    static let noPassphrase:
        @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 = {
            _, _, _, _ in 0
        }
}

extension Client {
    fileprivate func received(_ message: mosquitto_message, properties: OpaquePointer?) {
        let redelivered = redelivery?.take() ?? false
        if message.qos > 0, !redelivered, redelivery != nil { silenceLog() }
        intake.add(
            topic: message.topic.map { String(cString: $0) } ?? "",
            payload: UnsafeRawBufferPointer(
                start: message.payload, count: message.payload == nil ? 0 : Int(message.payloadlen)),
            qos: UInt8(truncatingIfNeeded: message.qos),
            retained: message.retain,
            packetID: UInt16(truncatingIfNeeded: message.mid),
            redelivered: redelivered,
            properties: intake.discardsMessages ? nil : PropertyList.messageProperties(properties))
    }
}
