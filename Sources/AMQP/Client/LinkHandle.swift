import NIOCore

/// What a sender and a receiver hold of their link: the way to it on the event loop, and its end.
struct LinkHandle<Link: ProtonLink>: Sendable {
    private let link: NIOLoopBound<Link>
    private let engine: NIOLoopBound<Engine>
    /// Lives as long as its links are held.
    private let connection: Connection
    private let ending = Ending()

    /// On the event loop.
    init(_ link: Link, on connection: Connection, onEnded: @escaping (AMQPError?) -> Void) {
        self.link = NIOLoopBound(link, eventLoop: connection.eventLoop)
        engine = NIOLoopBound(link.engine, eventLoop: connection.eventLoop)
        self.connection = connection
        let ending = ending
        link.onEnded = { error in
            onEnded(error)
            ending.report(error)
        }
    }

    /// Does `work` on the event loop, then has the engine send what came of it.
    func perform(_ work: @escaping @Sendable (Link) -> Void) {
        connection.eventLoop.execute {
            work(link.value)
            engine.value.process()
        }
    }

    func detach() async {
        perform { $0.engine.detach($0) }
        _ = await ending.error
    }

    /// Waits for the end. Nil: this side ended it, or the waiting task was cancelled.
    var ended: AMQPError? {
        get async { await ending.error }
    }
}
