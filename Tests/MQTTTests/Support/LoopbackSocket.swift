#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

import Synchronization

@testable import MQTT

/// Sockets on 127.0.0.1 for tests.
enum LoopbackSocket {
    /// A listening socket on that port; 0 takes a free one.
    static func listen(port: Int = 0) throws -> Int32 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw FakeBrokerFault(what: "socket failed: \(errno)") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, Glibc.listen(listener, 16) == 0 else {
            close(listener)
            throw FakeBrokerFault(what: "listen failed: \(errno)")
        }
        return listener
    }

    static func port(of listener: Int32) throws -> Int {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) }
        }
        guard code == 0 else { throw FakeBrokerFault(what: "getsockname failed: \(errno)") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Below the ports that the system gives to whoever asks for any, so that no other test's
    /// socket gets one of these between the moment it is found free and the moment it is used.
    private static let ports = 20_000..<32_000
    private static let nextPort = Mutex(Int.random(in: ports))

    /// A port that nobody listens on; never the same twice before all have had their turn.
    static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = nextPort.withLock { next in
                defer { next = next + 1 < ports.upperBound ? next + 1 : ports.lowerBound }
                return next
            }
            if let listener = try? listen(port: port) {
                close(listener)
                return port
            }
        }
        throw FakeBrokerFault(what: "no free port in \(ports)")
    }

    static func wait(_ socket: Int32, for events: Int32, _ what: String) throws {
        var entry = pollfd(fd: socket, events: Int16(events), revents: 0)
        guard poll(&entry, 1, FakeBroker.patience) > 0 else {
            throw FakeBrokerFault(what: "waited in vain for \(what)")
        }
    }

    /// Two ends of one local connection.
    static func pair() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
            throw FakeBrokerFault(what: "socketpair failed: \(errno)")
        }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        return (ends[0], ends[1])
    }

    /// The next bytes of a pipe as text; `nil` when none come, empty at its end.
    static func read(_ descriptor: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }

    static func isQuiet(_ socket: Int32, milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, milliseconds) == 0
    }
}

/// Runs blocking work on a thread of its own, so that the tests' few shared threads stay free.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        do {
            let thread = try OwnThread { continuation.resume(with: Result { try body() }) }
            thread.detach()
        } catch {
            continuation.resume(throwing: error)
        }
    }
}
