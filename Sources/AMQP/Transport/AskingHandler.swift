import NIOCore

/// Says the first word on a connection, once: when it comes in, or when the connection is there.
protocol AskingHandler: ChannelInboundHandler {
    var hasAsked: Bool { get set }

    func ask(_ context: ChannelHandlerContext)
}

extension AskingHandler {
    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { askOnce(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        askOnce(context)
        context.fireChannelActive()
    }

    private func askOnce(_ context: ChannelHandlerContext) {
        guard !hasAsked else { return }
        hasAsked = true
        ask(context)
    }
}
