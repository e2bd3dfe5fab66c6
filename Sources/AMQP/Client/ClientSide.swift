import NIOCore

/// What a client does with its engine's news: completes the attempt to connect, reports the end.
final class ClientSide: EngineOwner {
    private var opened: EventLoopPromise<Connection>?
    private let channel: any Channel
    private let configuration: ConnectionConfiguration
    private let ending: Ending

    init(_ opened: EventLoopPromise<Connection>, _ channel: any Channel, _ configuration: ConnectionConfiguration) {
        self.opened = opened
        self.channel = channel
        self.configuration = configuration
        ending = Ending()
    }

    func engineOpened(_ engine: Engine) {
        opened?.succeed(Connection(engine, channel, ending, configuration))
        opened = nil
    }

    func engine(_ engine: Engine, peerAttached pointer: OpaquePointer) {}

    func engine(_ engine: Engine, creditChangedOn link: SendingLink) {}

    func engineEnded(_ engine: Engine, error: AMQPError?) {
        opened?.fail(error ?? .closedLocally)
        opened = nil
        ending.report(error)
    }
}
