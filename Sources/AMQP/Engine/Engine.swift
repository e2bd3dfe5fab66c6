import AMQPCodec
import CProton
import NIOCore

/// One AMQP connection in a channel's pipeline: received bytes go through the frame scanner into
/// Proton, Proton's events to the links, and Proton's bytes through the frame rewriter back to the
/// channel. Everything happens on the channel's event loop.
final class Engine: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let settings: EngineSettings
    let driver: ProtonDriver
    let eventLoop: any EventLoop
    var owner: (any EngineOwner)?
    private(set) var context: ChannelHandlerContext?
    /// Keeps the links alive for as long as Proton has their address.
    var links: [OpaquePointer: ProtonLink] = [:]
    var session: OpaquePointer?
    var isOpen = false
    /// This side asked for the end.
    var isClosing = false
    /// A client closed without an error.
    var wasClosedByClient = false
    var isEnded = false
    var failure: AMQPError?
    var hasRead = false
    var timers = EngineTimers()

    private var scanner = IncomingFrameScanner()
    private var rewriter: OutgoingFrameRewriter
    private var reporting: [ProtonLink] = []
    private var lastTag: UInt64 = 0
    private var lastLinkNumber = 0
    private var isProcessing = false
    private var isDeaf = false
    private var hasBegun = false
    var isDispatching = false
    private var lastWrite = 1024
    private var hopIsUnderWay = false

    init(_ settings: EngineSettings, owner: any EngineOwner, eventLoop: any EventLoop) throws(AMQPError) {
        self.settings = settings
        self.owner = owner
        self.eventLoop = eventLoop
        driver = try ProtonDriver()
        rewriter = OutgoingFrameRewriter(padsPerformatives: settings.padsPerformatives)
        configure()
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin() }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnded, !isDeaf, hasRead || isRightPeer(context) else { return }
        hasRead = true
        unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
            do throws(IncomingFrameScanner.Violation) {
                try scanner.scan(bytes) { driver.read($0) }
            } catch {
                // The frames' borders are lost to us; Proton must not see what follows.
                isDeaf = true
                fail(.protocolViolation(ErrorCondition("amqp:connection:framing-error", description: error.reason)))
            }
        }
        dispatch()
    }

    /// Before the first byte is looked at, and so before a password goes out.
    private func isRightPeer(_ context: ChannelHandlerContext) -> Bool {
        guard let name = settings.peerName else { return true }
        do throws(AMQPError) {
            try TLSName.check(name, in: context.pipeline.syncOperations)
            return true
        } catch {
            note(error)
            cutOff()
            return false
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        process()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        process()
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        note(.ofChannel(error))
        cutOff()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isOpen || hasRead || !settings.usesTLS {
            note(.connectionLost(reason: "the peer closed the TCP connection"))
        } else {
            note(.tlsFailed(reason: "the peer closed the TCP connection during the handshake"))
        }
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    // MARK: Work

    private func begin() {
        guard !hasBegun else { return }
        hasBegun = true
        startTimers()
        if !settings.isServer { pn_connection_open(driver.connection) }
        process()
    }

    /// Events, messages that may go, bytes out; again until nothing moves. Then reports go up.
    func process() {
        guard !isProcessing, !isEnded else { return }
        isProcessing = true
        var moves = true
        while moves && !isEnded {
            dispatch()
            moves = pump()
            moves = writeOut() || moves || driver.hasEvent
        }
        isProcessing = false
        flushReports()
        if driver.isFinished { shutDown() }
    }

    /// Behind what happens now; once, however often it is asked for.
    func processSoon() {
        guard !hopIsUnderWay, !isEnded else { return }
        hopIsUnderWay = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute {
            bound.value.hopIsUnderWay = false
            bound.value.process()
        }
    }

    /// A link's credit was used up by a drain.
    func reportDrained(_ link: SendingLink) {
        owner?.engine(self, creditChangedOn: link)
    }

    private func pump() -> Bool {
        guard context?.channel.isWritable == true else { return false }
        var moved = false
        for case let link as SendingLink in links.values where link.pump() { moved = true }
        return moved
    }

    private func writeOut() -> Bool {
        guard let context, context.channel.isActive, context.channel.isWritable || isClosing || failure != nil
        else { return false }
        var buffer: ByteBuffer?
        let wrote = driver.write { bytes in
            var output = buffer ?? context.channel.allocator.buffer(capacity: lastWrite)
            buffer = nil
            if rewriter.isIdle { output.writeBytes(bytes) } else { rewriter.rewrite(bytes, into: &output) }
            buffer = output
        }
        if let buffer {
            lastWrite = max(1024, min(buffer.readableBytes, 1 << 20))
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        }
        return wrote
    }

    // MARK: For links

    /// Unique within the connection.
    func nextTag() -> UInt64 {
        lastTag += 1
        return lastTag
    }

    func nextLinkName() -> String {
        lastLinkNumber += 1
        return "\(settings.containerID)-\(lastLinkNumber)"
    }

    /// The peer's open frame has come.
    func notePeerMaxFrameSize() {
        rewriter.maxFrameSize = scanner.peerMaxFrameSize
    }

    /// Whether a delivery's frames still fit when the message-format is written into them. Only a
    /// peer close to the minimum of 512 bytes has no room, and then a delivery must fit one frame.
    func hasRoomForFormat(bytes: Int) -> Bool {
        scanner.peerMaxFrameSize >= 512 + OutgoingFrameRewriter.headroom || bytes <= 400
    }

    func setFormat(_ format: UInt32, ofDelivery tag: DeliveryTag) {
        rewriter.setFormat(format, ofDelivery: tag)
    }

    func takeFormat(ofDelivery delivery: OpaquePointer) -> UInt32 {
        let tag = pn_delivery_tag(delivery)
        return scanner.takeFormat(
            tag: DeliveryTag(UnsafeRawBufferPointer(start: tag.start, count: tag.size)))
    }

    /// The capabilities that the peer desired with the attach of that name; asked once.
    func takeDesiredCapabilities(ofLink name: String) -> [String] {
        guard let bytes = scanner.takeDesired(name) else { return [] }
        switch try? AMQPValue(decoding: bytes) {
        case .symbol(let symbol)?: return [symbol]
        case .array(let array)?: return array.elements.compactMap(\.text)
        default: return []
        }
    }

    /// The link has something to report at the end of this read.
    func markReports(of link: ProtonLink) {
        reporting.append(link)
    }

    private func flushReports() {
        while !reporting.isEmpty {
            let links = reporting
            reporting = []
            for link in links { link.flushReports() }
        }
    }
}
