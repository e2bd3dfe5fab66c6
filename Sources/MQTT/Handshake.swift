#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// From the first packet to CONNACK.
enum Handshake {
    struct Connack {
        let sessionPresent: Bool
        /// Seconds; what the broker asks for in place of the client's own (MQTT 5, 3.2.2.3.14).
        let serverKeepAlive: Int?
    }

    /// Over TLS, a connection that is lost before CONNACK most often means that the two sides do
    /// not agree on certificates: with TLS 1.3 the broker's refusal comes after the handshake.
    private static func refined(_ failure: ConnectionFailure, _ client: Client) -> ConnectionFailure {
        guard client.configuration.tls != nil, case .connectionLost = failure else { return failure }
        return client.failure(ofSystem: EPROTO)
    }

    /// Returns `nil` when told to stop. PUBLISH packets may have come along with CONNACK; from
    /// then on nothing may be written that is not decided, so this writes nothing more.
    static func perform(
        _ client: Client, ipv4Only: Bool, deadline: ContinuousClock.Instant, wakeUp: WakeUp,
        isStopping: () -> Bool
    ) throws(ConnectionFailure) -> Connack? {
        let started = client.connect(ipv4Only: ipv4Only)
        guard started.succeeded else { throw client.failure(of: started) }
        let clock = ContinuousClock()
        let configuration = client.configuration
        func left() throws(ConnectionFailure) -> Duration {
            let left = clock.now.duration(to: deadline)
            guard left > .zero else {
                throw .connectTimeout(
                    host: configuration.host, port: configuration.port, after: configuration.connectTimeout)
            }
            return left
        }
        // The TCP connect is done when the socket can be written to.
        while true {
            if isStopping() { return nil }
            let ready = Poll.wait(
                socket: client.descriptor, writing: true, reading: false, wakeUp: wakeUp, limit: try left())
            if ready.socket != 0 { break }
        }
        let code = client.takeSocketError()
        guard code == 0 else { throw client.failure(ofSystem: code) }
        while true {
            if isStopping() { return nil }
            let read = client.read()
            if let connack = try connack(client) { return connack }
            guard read.succeeded else { throw refined(client.failure(of: read), client) }
            let write = client.write()
            guard write.succeeded, client.descriptor >= 0 else { throw refined(client.failure(of: write), client) }
            if client.peerHasClosed {
                throw refined(.connectionLost(detail: "the broker closed it before CONNACK"), client)
            }
            // Over TLS the library asks for writing all through the handshake, which would spin.
            // What it has to write is small, and a short tick covers a socket that was full.
            let isTLS = configuration.tls != nil
            let limit = try left()
            _ = Poll.wait(
                socket: client.descriptor, writing: !isTLS && client.wantsWrite, wakeUp: wakeUp,
                limit: isTLS ? min(limit, .milliseconds(100)) : limit)
        }
    }

    private static func connack(_ client: Client) throws(ConnectionFailure) -> Connack? {
        for event in client.intake.takeEvents() {
            switch event {
            case .connected(0, let sessionPresent, let serverKeepAlive):
                // In a new session nothing comes again.
                if !sessionPresent { client.silenceLog() }
                return Connack(sessionPresent: sessionPresent, serverKeepAlive: serverKeepAlive)
            case .connected(let code, _, _):
                throw client.failure(ofConnect: code)
            case .disconnected, .subscribed, .unsubscribed, .published:
                break
            }
        }
        return nil
    }
}
