import CProton

/// The server side of SASL, in place of the one in Debian's Proton, which offers only ANONYMOUS
/// and EXTERNAL.
///
/// Proton keeps one per transport and frees it with the transport. Its callbacks come on the event
/// loop, from within `ProtonDriver.read` and `write`.
final class ServerSASL {
    typealias Decide = (SASLCredentials) -> Bool

    private let mechanisms: [SASLMechanism]
    private let decide: Decide
    // Proton asks for the list as a C string that lives until `free`.
    private let list: UnsafeMutablePointer<CChar>

    /// Gives the transport a new authenticator.
    static func install(on transport: OpaquePointer, mechanisms: [SASLMechanism], decide: @escaping Decide) {
        guard let sasl = pn_sasl(transport) else { return }
        pn_sasl_set_allow_insecure_mechs(sasl, true)
        let authenticator = ServerSASL(mechanisms: mechanisms, decide: decide)
        pnx_sasl_set_implementation(
            transport, implementation, Unmanaged.passRetained(authenticator).toOpaque())
    }

    private init(mechanisms: [SASLMechanism], decide: @escaping Decide) {
        self.mechanisms = mechanisms
        self.decide = decide
        let text = mechanisms.map(\.rawValue).joined(separator: " ").utf8CString
        list = .allocate(capacity: text.count)
        text.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { list.initialize(from: start, count: source.count) }
        }
    }

    deinit {
        list.deallocate()
    }

    private static func of(_ transport: OpaquePointer?) -> ServerSASL? {
        pnx_sasl_get_context(transport).map { Unmanaged<ServerSASL>.fromOpaque($0).takeUnretainedValue() }
    }

    private func answer(_ transport: OpaquePointer?, mechanism name: String, response: UnsafeRawBufferPointer) {
        if let mechanism = SASLMechanism(rawValue: name), mechanisms.contains(mechanism),
            let credentials = SASLCredentials(mechanism: mechanism, response: response), decide(credentials)
        {
            let user = credentials.user ?? ""
            pnx_sasl_set_succeeded(transport, user, user)
        } else {
            pnx_sasl_set_failed(transport)
        }
        pnx_sasl_set_desired_state(transport, SASL_POSTED_OUTCOME)
    }

    // Proton keeps the address, so the table lives as long as the process. It is written once,
    // before it is shared, and only read afterwards.
    nonisolated(unsafe) private static let implementation: UnsafePointer<pnx_sasl_implementation> = {
        let table = UnsafeMutablePointer<pnx_sasl_implementation>.allocate(capacity: 1)
        table.initialize(to: pnx_sasl_implementation(
            free: { transport in
                guard let context = pnx_sasl_get_context(transport) else { return }
                pnx_sasl_set_context(transport, nil)
                Unmanaged<ServerSASL>.fromOpaque(context).release()
            },
            list_mechanisms: { transport in
                ServerSASL.of(transport).map { UnsafePointer($0.list) }
            },
            init_server: { transport in
                pnx_sasl_set_desired_state(transport, SASL_POSTED_MECHANISMS)
                return true
            },
            init_client: { _ in false },
            prepare_write: { _ in },
            process_init: { transport, mechanism, received in
                let bytes = received?.pointee
                ServerSASL.of(transport)?.answer(
                    transport, mechanism: mechanism.map { String(cString: $0) } ?? "",
                    response: UnsafeRawBufferPointer(start: bytes?.start, count: bytes?.size ?? 0))
            },
            // None of our mechanisms has a second round.
            process_response: { _, _ in },
            process_mechanisms: { _, _ in false },
            process_challenge: { _, _ in },
            process_outcome: { _, _ in },
            can_encrypt: { _ in false },
            max_encrypt_size: { _ in 0 },
            encode: { _, _, _ in 0 },
            decode: { _, _, _ in 0 }))
        return UnsafePointer(table)
    }()
}
