import NIOCore
import NIOPosix

extension ChannelOptions.Types.WriteBufferWaterMark {
    /// Room for a few bursts of what the links hand over at once.
    static var amqp: Self { Self(low: 128 << 10, high: 512 << 10) }
}

extension AdaptiveRecvByteBufferAllocator {
    /// Large reads: reports, credit and writes are done once a read.
    static var amqp: Self { Self(minimum: 1024, initial: 16 << 10, maximum: 256 << 10) }
}

extension ClientBootstrap {
    func engineOptions() -> ClientBootstrap {
        channelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(ChannelOptions.writeBufferWaterMark, value: .amqp)
            .channelOption(ChannelOptions.recvAllocator, value: AdaptiveRecvByteBufferAllocator.amqp)
    }
}

extension ServerBootstrap {
    func engineOptions() -> ServerBootstrap {
        serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(ChannelOptions.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(ChannelOptions.writeBufferWaterMark, value: .amqp)
            .childChannelOption(ChannelOptions.recvAllocator, value: AdaptiveRecvByteBufferAllocator.amqp)
    }
}
