import CProton
import NIOCore

extension Engine {
    /// The first failure is the reason; what follows from it is not.
    func note(_ error: AMQPError) {
        guard failure == nil, !isClosing, !wasClosedByClient else { return }
        failure = error
    }

    /// A server's answer to the client's open frame.
    func open() {
        pn_connection_open(driver.connection)
    }

    /// Ends the connection from this side, with the reason for the peer where there is one. Bounded:
    /// a peer that does not answer is left.
    func close(_ condition: ErrorCondition? = nil, within limit: Duration = .seconds(2)) {
        guard !isEnded else { return }
        isClosing = true
        guard timers.close == nil else { return }
        condition?.write(to: pn_connection_condition(driver.connection))
        if !isOpen && !settings.isServer {
            // Nobody to say goodbye to.
            return shutDown()
        }
        pn_connection_close(driver.connection)
        timers.close = schedule(after: limit) { $0.shutDown() }
        process()
    }

    /// Ends the connection because of what the peer did; it is told why.
    func fail(_ error: AMQPError) {
        note(error)
        error.condition?.write(to: pn_connection_condition(driver.connection))
        pn_connection_close(driver.connection)
        if timers.close == nil { timers.close = schedule(after: .milliseconds(500)) { $0.shutDown() } }
    }

    /// Cuts the TCP connection without a close frame.
    func cut() {
        isClosing = true
        shutDown()
    }

    /// Cuts the TCP connection after the first bytes of a frame of 256.
    func cutMidFrame() {
        guard !isEnded else { return }
        context?.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [0, 0, 1, 0, 2, 0, 0, 0, 0x00, 0x53, 0x14])), promise: nil)
        cut()
    }

    /// The bytes cannot be trusted, or none can go: the end, at once.
    func cutOff() {
        let channel = context?.channel
        end()
        channel?.close(promise: nil)
    }

    /// Nothing more to say: reports the end and closes the channel behind the last bytes.
    func shutDown() {
        let channel = context?.channel
        end()
        // Behind what was written: a close would throw away bytes that the socket has not taken.
        guard let channel else { return }
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
    }

    /// Reports the end, once.
    func end() {
        guard !isEnded else { return }
        driver.close()
        dispatch()
        isEnded = true
        timers.cancelAll()
        let error = isClosing || wasClosedByClient ? failure : failure ?? .connectionLost(reason: "the channel was removed")
        for link in links.values { link.end(error) }
        links = [:]
        let told = owner
        owner = nil
        told?.engineEnded(self, error: error)
    }

    /// Ends one link, with the reason for the peer where there is one.
    func detach(_ link: ProtonLink, because condition: ErrorCondition? = nil) {
        guard !link.isEnded, !link.isDetaching else { return }
        link.isDetaching = true
        condition?.write(to: pn_link_condition(link.pointer))
        pn_link_close(link.pointer)
    }
}
