#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Waiting on sockets, for the threads that drive a ``Client``.
enum Poll {
    /// Which of two descriptors are ready, or neither when `limit` has passed. A negative
    /// descriptor is left out.
    static func wait(
        socket: Int32, writing: Bool = false, reading: Bool = true, wakeUp: WakeUp, limit: Duration
    ) -> (socket: Int16, woken: Bool) {
        var entries = [
            pollfd(fd: socket, events: Int16((reading ? POLLIN : 0) | (writing ? POLLOUT : 0)), revents: 0),
            pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        // Rounded up, so that a wait does not end just before its deadline over and over.
        let milliseconds = limit <= .zero ? 0 : Int32(min(limit / .milliseconds(1), 3_600_000).rounded(.up))
        let count = poll(&entries, 2, milliseconds)
        guard count > 0 else { return (0, false) }
        let woken = entries[1].revents != 0
        if woken { wakeUp.drain() }
        return (entries[0].revents, woken)
    }
}

extension Client {
    /// The socket's pending error, such as that of a connect that did not come about; 0: none.
    func takeSocketError() -> Int32 {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { return errno }
        guard code == 0 else { return code }
        // Over TLS the library writes at once, and swallows the error of a connect that the same
        // machine has already refused.
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isConnected = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) == 0 }
        }
        return isConnected ? 0 : ECONNREFUSED
    }

    /// Whether the peer has closed with nothing left to read. The library cannot tell: it takes a
    /// connection reset in the middle of a TLS handshake for a wait.
    var peerHasClosed: Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
    }

    /// Writes what is queued, and waits for the socket when it takes only a part.
    func writeAll(limit: Duration, wakeUp: WakeUp) -> ConnectionFailure? {
        cork(true)
        defer { cork(false) }
        let deadline = ContinuousClock.now + limit
        while true {
            let result = write()
            guard result.succeeded else { return failure(of: result) }
            guard descriptor >= 0, wantsWrite else { return nil }
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return .writeStalled(after: limit) }
            cork(false)
            // The wake-up's state is looked at again by whoever waits for it next.
            _ = Poll.wait(socket: descriptor, writing: true, reading: false, wakeUp: wakeUp, limit: left)
            cork(true)
        }
    }

    /// Writes what is queued, as far as the socket takes it now.
    func writeSome() -> Result {
        cork(true)
        defer { cork(false) }
        return write()
    }

    /// Holds segments back while the library writes packet by packet, so that a batch's PUBACKs,
    /// four bytes each, leave together.
    private func cork(_ on: Bool) {
        #if os(Linux)
        var value: Int32 = on ? 1 : 0
        _ = setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
        #endif
    }
}
