import AMQPCodec
import CProton

extension Engine {
    /// Everything that Proton must know before the first byte.
    func configure() {
        let (connection, transport) = (driver.connection, driver.transport)
        pn_connection_set_container(connection, settings.containerID)
        if let hostname = settings.hostname { pn_connection_set_hostname(connection, hostname) }
        ProtonData.set(pn_connection_properties(connection), map: settings.properties)
        if settings.isServer { pn_transport_set_server(transport) }
        pn_transport_set_max_frame(transport, settings.maxFrameSize)
        if let timeout = settings.idleTimeout {
            pn_transport_set_idle_timeout(transport, pn_millis_t(clamping: timeout.milliseconds))
        }
        configureSASL(transport)
        driver.bind()
    }

    private func configureSASL(_ transport: OpaquePointer) {
        switch settings.sasl {
        case .client(let authentication):
            // Always one mechanism: left free, Proton takes EXTERNAL first.
            guard let mechanism = authentication.mechanism, let sasl = pn_sasl(transport) else { return }
            pn_sasl_allowed_mechs(sasl, mechanism.rawValue)
            pn_sasl_set_allow_insecure_mechs(sasl, true)
            if case .plain(let user, let password) = authentication {
                pn_connection_set_user(driver.connection, user)
                pn_connection_set_password(driver.connection, password)
            }
        case .server(let mechanisms, let isRequired, let decide):
            pn_transport_require_auth(transport, isRequired)
            guard !mechanisms.isEmpty else { return }
            ServerSASL.install(on: transport, mechanisms: mechanisms, decide: decide)
        }
    }

    /// What SASL came to, where it is why the connection failed.
    var authenticationFailure: AMQPError? {
        guard case .client(let authentication) = settings.sasl, let mechanism = authentication.mechanism,
            let sasl = pn_sasl(driver.transport)
        else { return nil }
        let failure: SASLFailure
        switch pn_sasl_outcome(sasl) {
        case PN_SASL_NONE, PN_SASL_OK: return nil
        case PN_SASL_SYS: failure = .system
        case PN_SASL_PERM: failure = .permanent
        case PN_SASL_TEMP: failure = .temporary
        default: failure = .credentials
        }
        // Proton chooses a mechanism only when the peer offers it.
        guard pn_sasl_get_mech(sasl) != nil else { return .mechanismNotOffered(wanted: mechanism.rawValue) }
        return .authenticationRefused(mechanism: mechanism.rawValue, failure)
    }
}

extension Authentication {
    var mechanism: SASLMechanism? {
        switch self {
        case .none: nil
        case .anonymous: .anonymous
        case .plain: .plain
        case .external: .external
        }
    }
}
