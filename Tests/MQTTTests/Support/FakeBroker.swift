import MQTT
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A broker that the test plays byte by byte: it listens on loopback, and every packet that goes
/// either way is the test's own. Calls block their own thread at most `patience`, then throw.
final class FakeBroker: Sendable {
    let port: Int
    private let listener: Int32

    /// Far beyond what any step takes; a step that needs it has failed.
    static let patience: Int32 = 60_000

    init() throws {
        listener = try LoopbackSocket.listen()
        port = try LoopbackSocket.port(of: listener)
    }

    deinit {
        close(listener)
    }

    /// The next connection, before any packet.
    func accept() async throws -> FakePeer {
        let listener = listener
        return try await blocking {
            try LoopbackSocket.wait(listener, for: POLLIN, "a connection")
            let socket = Glibc.accept(listener, nil, nil)
            guard socket >= 0 else { throw FakeBrokerFault(what: "accept failed: \(errno)") }
            return FakePeer(socket: socket)
        }
    }

    /// The next connection, through CONNECT and CONNACK, and SUBSCRIBE and SUBACK unless the
    /// session lives on.
    func accept(
        _ version: ConnectionConfiguration.ProtocolVersion, sessionPresent: Bool = false,
        subscriptions: Int = 1
    ) async throws -> (peer: FakePeer, connect: ConnectFields) {
        let peer = try await accept()
        let dialect = BrokerDialect(version: version)
        guard let connect = ConnectFields(try await peer.read()) else {
            throw FakeBrokerFault(what: "no CONNECT")
        }
        try await peer.send(dialect.connack(sessionPresent: sessionPresent))
        if !sessionPresent {
            for _ in 0..<subscriptions {
                let subscribe = try await peer.read()
                guard subscribe.kind == .subscribe else {
                    throw FakeBrokerFault(what: "no SUBSCRIBE but \(subscribe)")
                }
                try await peer.send(dialect.suback(id: subscribe.integer(at: 0), codes: [1]))
            }
        }
        return (peer, connect)
    }
}

/// The broker's end of one connection.
final class FakePeer: Sendable {
    private let socket: Int32
    private let buffer = Mutex<[UInt8]>([])
    private let hasEnded = Atomic<Bool>(false)

    init(socket: Int32) {
        self.socket = socket
    }

    deinit {
        end()
    }

    /// Closes the connection.
    func end() {
        if !hasEnded.exchange(true, ordering: .acquiringAndReleasing) { close(socket) }
    }

    /// Returns when the client has sent something, and leaves it unread.
    func waitForBytes() async throws {
        let socket = socket
        try await blocking { try LoopbackSocket.wait(socket, for: POLLIN, "bytes") }
    }

    func send(_ packets: Packet...) async throws {
        try await send(bytes: packets.flatMap(\.bytes))
    }

    func send(bytes: [UInt8]) async throws {
        let socket = socket
        try await blocking {
            var sent = 0
            while sent < bytes.count {
                try LoopbackSocket.wait(socket, for: POLLOUT, "room to send")
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
                }
                guard count > 0 || errno == EAGAIN else { throw FakeBrokerFault(what: "send failed: \(errno)") }
                sent += max(count, 0)
            }
        }
    }

    /// The next packet.
    func read() async throws -> Packet {
        try await blocking { [self] in try readBlocking() }
    }

    func read(count: Int) async throws -> [Packet] {
        try await blocking { [self] in try (0..<count).map { _ in try readBlocking() } }
    }

    /// Whether not one byte arrives for so long.
    func isSilent(milliseconds: Int32) async throws -> Bool {
        let socket = socket
        let buffered = buffer.withLock { !$0.isEmpty }
        return try await blocking {
            !buffered && LoopbackSocket.isQuiet(socket, milliseconds: milliseconds)
        }
    }

    /// Every byte from here to the end of the connection.
    func readToEnd() async throws -> [UInt8] {
        try await blocking { [self] in
            while try fill() {}
            return buffer.withLock { $0 }
        }
    }

    private func readBlocking() throws -> Packet {
        while true {
            if let packet = buffer.withLock({ FakePeer.take(from: &$0) }) { return packet }
            guard try fill() else { throw FakeBrokerFault(what: "the client closed instead of sending a packet") }
        }
    }

    /// Returns false at the end of the connection.
    private func fill() throws -> Bool {
        try LoopbackSocket.wait(socket, for: POLLIN, "bytes")
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(socket, &bytes, bytes.count, 0)
        guard count > 0 else { return false }
        buffer.withLock { $0 += bytes[..<count] }
        return true
    }

    private static func take(from buffer: inout [UInt8]) -> Packet? {
        var length = 0
        var offset = 1
        while true {
            guard offset < buffer.count else { return nil }
            length |= Int(buffer[offset] & 0x7F) << (7 * (offset - 1))
            offset += 1
            if buffer[offset - 1] & 0x80 == 0 { break }
        }
        guard buffer.count >= offset + length else { return nil }
        let packet = Packet(head: buffer[0], body: Array(buffer[offset..<offset + length]))
        buffer.removeFirst(offset + length)
        return packet
    }
}

struct FakeBrokerFault: Error, CustomStringConvertible {
    let what: String
    var description: String { what }
}
