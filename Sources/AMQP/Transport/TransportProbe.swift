public import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Goes the way of a connection up to where AMQP, or another protocol, would begin, and tells how far
/// it came. Nothing is said to the far side beyond that.
public struct TransportProbe: Sendable {
    public enum Stage: String, Sendable, Hashable {
        case tcp, proxy, tls, webSocket
    }

    public struct Passed: Sendable, Hashable {
        public var stage: Stage
        public var after: Duration
    }

    public struct Failure: Error, Sendable, Hashable {
        public var stage: Stage
        public var after: Duration
        public var error: AMQPError
    }

    /// What a certificate that the far side showed says of itself.
    public struct Certificate: Sendable, Hashable {
        /// DNS names and addresses.
        public var names: [String]
        /// Seconds since 1970.
        public var notBefore: Int64
        /// Seconds since 1970.
        public var notAfter: Int64

        public init(names: [String], notBefore: Int64, notAfter: Int64) {
            self.names = names
            self.notBefore = notBefore
            self.notAfter = notAfter
        }
    }

    public internal(set) var passed: [Passed] = []
    public internal(set) var failure: Failure?
    /// Of the answer to the upgrade: the far side's clock.
    public internal(set) var date: String?

    /// - Parameter configuration: its `connectTimeout` holds for each stage.
    public static func run(_ configuration: ConnectionConfiguration, on group: any EventLoopGroup) async -> TransportProbe {
        await run(configuration, on: group, until: configuration.usesWebSocket ? .webSocket : .tls, verifying: true).probe
    }

    /// What the far side shows, whether it would be believed or not; the leaf first. Empty where it
    /// shows nothing.
    public static func certificates(
        _ configuration: ConnectionConfiguration, on group: any EventLoopGroup
    ) async -> [Certificate] {
        guard configuration.tls != nil else { return [] }
        return await run(configuration, on: group, until: .tls, verifying: false).certificates
    }

    private static func run(
        _ configuration: ConnectionConfiguration, on group: any EventLoopGroup, until last: Stage, verifying: Bool
    ) async -> (probe: TransportProbe, certificates: [Certificate]) {
        let shown = ShownCertificates()
        let eventLoop = group.next()
        let done = eventLoop.makePromise(of: TransportProbe.self)
        let started = ContinuousClock.now
        let place = configuration.dialled
        let limit = configuration.connectTimeout
        let context: NIOSSLContext?
        do throws(AMQPError) {
            context = try configuration.tls?.clientContext()
        } catch {
            var probe = TransportProbe()
            probe.failure = Failure(stage: .tls, after: .zero, error: error)
            done.succeed(probe)
            return (probe, [])
        }
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.milliseconds(limit.milliseconds))
            .connect(host: place.host, port: place.port)
            .whenComplete { result in
                switch result {
                case .success(let channel):
                    let run = ProbeRun(configuration, context, channel, last, done, started, verifying ? nil : shown)
                    run.start()
                case .failure(let error):
                    var probe = TransportProbe()
                    let reason = AMQPError.ofConnect(error, host: place.host, port: place.port, limit: limit)
                    probe.failure = Failure(stage: .tcp, after: .now - started, error: reason)
                    done.succeed(probe)
                }
            }
        let probe = try? await done.futureResult.get()
        return (probe ?? TransportProbe(), shown.list)
    }
}

/// What a handshake that believes anything was shown.
final class ShownCertificates: Sendable {
    private let certificates = Mutex<[TransportProbe.Certificate]>([])

    var list: [TransportProbe.Certificate] { certificates.withLock { $0 } }

    func take(_ chain: [NIOSSLCertificate]) {
        certificates.withLock { $0 = chain.map(TransportProbe.Certificate.init) }
    }
}

extension TransportProbe.Certificate {
    init(_ certificate: NIOSSLCertificate) {
        let names = certificate._subjectAlternativeNames().compactMap { name -> String? in
            switch name.nameType {
            case .dnsName: String(decoding: name.contents, as: UTF8.self)
            case .ipAddress: Self.address(Array(name.contents))
            default: nil
            }
        }
        self.init(names: names, notBefore: Int64(certificate.notValidBefore), notAfter: Int64(certificate.notValidAfter))
    }

    private static func address(_ bytes: [UInt8]) -> String? {
        try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: 0).ipAddress
    }
}
