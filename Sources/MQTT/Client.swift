import CMosquitto
import CMosquittoGuard

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Owns one `struct mosquitto`, for one connection attempt and what comes of it. A new attempt
/// takes a new client: version 2.0.11 leaves freed packets and a half-unlocked mutex behind when
/// a broker sends DISCONNECT.
///
/// Belongs to the thread that made it. The library calls back only from inside `connect`, `read`,
/// `write` and `keepAlive`, so on this same thread.
final class Client {
    let configuration: ConnectionConfiguration
    private let mosquitto: OpaquePointer
    /// What the callbacks have brought since it was last taken.
    var intake: Intake
    /// Lines of the library's log between connect and CONNACK; they alone say why TLS failed.
    var logLines: [String] = []
    /// Looks at the DUP flag, as long as messages have it.
    var redelivery: RedeliveryFlag?

    init(_ configuration: ConnectionConfiguration) throws(ConnectionFailure) {
        try MQTTLibrary.initialize()
        guard let mosquitto = mosquitto_new(configuration.clientID, configuration.cleanStart, nil) else {
            throw errno == ENOMEM
                ? .outOfMemory
                : .invalidConfiguration(
                    field: "clientID", value: configuration.clientID,
                    remedy: "use UTF-8 text without control characters")
        }
        self.mosquitto = mosquitto
        self.configuration = configuration
        intake = Intake(limits: configuration.batch)
        redelivery = RedeliveryFlag(clientID: configuration.clientID)
        mosquitto_user_data_set(mosquitto, Unmanaged.passUnretained(self).toOpaque())
        Callbacks.install(on: mosquitto)
        try configure()
    }

    deinit {
        // Closes the socket too, without writing what is queued.
        mosquitto_destroy(mosquitto)
    }

    private func configure() throws(ConnectionFailure) {
        // For every packet that it queues, the library writes the whole queue at once if the
        // client is not threaded and no callback is running. A PUBACK is queued before on_message
        // is called: only "threaded" keeps it from leaving during a read (2.0.11, packet__queue
        // and handle__publish).
        try check(mosquitto_threaded_set(mosquitto, true), "threaded")
        let version = configuration.protocolVersion == .v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
        try check(mosquitto_int_option(mosquitto, MOSQ_OPT_PROTOCOL_VERSION, version), "protocolVersion")
        try check(
            mosquitto_int_option(mosquitto, MOSQ_OPT_RECEIVE_MAXIMUM, Int32(configuration.receiveMaximum)),
            "receiveMaximum")
        // Packets are gathered by corking the socket where it pays; none may wait for the peer.
        try check(mosquitto_int_option(mosquitto, MOSQ_OPT_TCP_NODELAY, 1), "noDelay")
        let code = mosquitto_username_pw_set(mosquitto, configuration.username, configuration.password)
        guard code == MOSQ_ERR_SUCCESS.rawValue else {
            throw .invalidConfiguration(
                field: "username", value: configuration.username ?? "",
                remedy: "use at most 65535 bytes of UTF-8 without control characters; MQTT 3.1.1 has no password without a username")
        }
        if let tls = configuration.tls {
            try configure(tls)
        }
    }

    /// Messages that may be under way unacknowledged towards the broker.
    func setSendWindow(_ messages: Int) {
        _ = mosquitto_int_option(mosquitto, MOSQ_OPT_SEND_MAXIMUM, Int32(messages))
    }

    private func configure(_ tls: TLSSettings) throws(ConnectionFailure) {
        for (field, path) in [("tls.ca", tls.certificateAuthority), ("tls.certificate", tls.certificate), ("tls.key", tls.key)] {
            if let path, let fault = SystemError.readFault(path: path) {
                throw .fileUnreadable(field: field, path: path, detail: fault)
            }
        }
        if tls.certificateAuthority == nil {
            try check(mosquitto_int_option(mosquitto, MOSQ_OPT_TLS_USE_OS_CERTS, 1), "tls")
        }
        if tls.certificateAuthority != nil || tls.certificate != nil {
            // A client certificate cannot be set without naming a file or folder of authorities.
            let folder = tls.certificateAuthority == nil ? "/etc/ssl/certs" : nil
            try check(
                mosquitto_tls_set(
                    mosquitto, tls.certificateAuthority, folder, tls.certificate, tls.key, Callbacks.noPassphrase),
                "tls")
        }
        try check(mosquitto_tls_insecure_set(mosquitto, !tls.verifiesServerName), "tls")
    }

    private func check(_ code: Int32, _ field: String) throws(ConnectionFailure) {
        guard code == MOSQ_ERR_SUCCESS.rawValue else {
            throw .library(code: code, detail: "\(field): \(String(cString: mosquitto_strerror(code)))")
        }
    }

    // MARK: Calls

    /// What a call into the library came to.
    struct Result {
        let code: Int32
        /// Of the operating system or the resolver, where `code` says so.
        let systemCode: Int32

        var succeeded: Bool { code == MOSQ_ERR_SUCCESS.rawValue }

        static let success = Result(code: MOSQ_ERR_SUCCESS.rawValue, systemCode: 0)
    }

    private func call(_ body: (OpaquePointer) -> Int32) -> Result {
        errno = 0
        let code = body(mosquitto)
        return Result(code: code, systemCode: errno)
    }

    /// Resolves the host and begins to connect without waiting.
    func connect(ipv4Only: Bool) -> Result {
        var properties = PropertyList()
        if configuration.protocolVersion == .v5 {
            properties.addSessionExpiry(seconds: configuration.sessionExpirySeconds)
            // The call that takes CONNECT properties connects blocking, for minutes if packets are
            // lost on the way; the one that does not block takes none. But the first stores them
            // before it rejects a keep-alive of 1, and the second sends what is stored.
            let stored = properties.withPointer { list in
                mosquitto_connect_bind_v5(mosquitto, configuration.host, Int32(configuration.port), 1, nil, list)
            }
            guard stored == MOSQ_ERR_INVAL.rawValue, mosquitto_socket(mosquitto) < 0 else {
                return Result(code: MOSQ_ERR_UNKNOWN.rawValue, systemCode: 0)
            }
        }
        let result = call {
            mosquitto_connect_bind_async(
                $0, configuration.host, Int32(configuration.port), Int32(configuration.keepAliveSeconds),
                ipv4Only ? "0.0.0.0" : nil)
        }
        // Below zero: under way.
        return result.code < 0 ? .success : result
    }

    /// The socket, or -1.
    var descriptor: Int32 { mosquitto_socket(mosquitto) }

    var wantsWrite: Bool { mosquitto_want_write(mosquitto) }

    /// Reads about one packet.
    func read() -> Result { call { twinroute_guarded_loop_read($0) } }

    /// Writes what is queued, as far as the socket takes it.
    func write() -> Result { call { mosquitto_loop_write($0, 1) } }

    /// Queues a ping when one is due, and fails when one went unanswered.
    func keepAlive() -> Result { call { mosquitto_loop_misc($0) } }

    /// When a subscription brings retained messages (MQTT 5, 3.8.3.1).
    enum RetainedMessages {
        /// With a session that lives on, they must not come again at each connect.
        case ofNewSubscriptions
        case never
    }

    /// Queues SUBSCRIBE. `id` is the packet's, with success.
    func subscribe(
        _ subscription: Subscription, retained: RetainedMessages = .ofNewSubscriptions
    ) -> (result: Result, id: Int32) {
        var id: Int32 = 0
        let option = retained == .never ? MQTT_SUB_OPT_SEND_RETAIN_NEVER : MQTT_SUB_OPT_SEND_RETAIN_NEW
        let options = Int32(bitPattern: option.rawValue)
        let result = call {
            mosquitto_subscribe_v5($0, &id, subscription.filter, subscription.maximumQoS.rawValue, options, nil)
        }
        return (result, id)
    }

    /// Queues UNSUBSCRIBE.
    func unsubscribe(_ filter: String) -> Result { call { mosquitto_unsubscribe($0, nil, filter) } }

    /// Queues PUBLISH.
    func publish(_ message: OutgoingMessage) -> Result {
        let payload = message.payload
        func publish(_ properties: OpaquePointer?) -> Result {
            payload.withUnsafeBytes { bytes in
                call {
                    mosquitto_publish_v5(
                        $0, nil, message.topic, Int32(bytes.count), bytes.baseAddress, message.qos.rawValue,
                        message.retained, properties)
                }
            }
        }
        guard let properties = message.properties, configuration.protocolVersion == .v5 else { return publish(nil) }
        let list = PropertyList(properties)
        guard list.code == MOSQ_ERR_SUCCESS.rawValue else { return Result(code: list.code, systemCode: 0) }
        return list.withPointer { publish($0) }
    }

    /// Queues DISCONNECT.
    func disconnect() -> Result { call { mosquitto_disconnect($0) } }

    /// Ends the log: with a listener the library formats a line or two for every message.
    func silenceLog() {
        redelivery = nil
        mosquitto_log_callback_set(mosquitto, nil)
    }
}
