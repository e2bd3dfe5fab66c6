import NIOCore

/// The end of a connection or link: happens once, and anyone may wait for it.
struct Ending: Sendable {
    private let promise: EventLoopPromise<AMQPError?>

    init(on eventLoop: any EventLoop) {
        promise = eventLoop.makePromise()
    }

    func report(_ error: AMQPError?) {
        promise.succeed(error)
    }

    var error: AMQPError? {
        get async {
            // The promise is never failed.
            (try? await promise.futureResult.get()) ?? nil
        }
    }
}
