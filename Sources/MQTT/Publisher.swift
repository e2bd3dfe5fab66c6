import Logging
import Synchronization

/// One MQTT connection that sends messages. It does not reconnect: what is under way when the
/// connection ends is reported as an error, and the caller decides.
///
/// It has a thread of its own from ``connect()`` to ``close()``.
public final class Publisher: Sendable {
    public let configuration: ConnectionConfiguration
    /// Messages that may be queued or unacknowledged at a time; ``publish(topic:payload:qos:retained:properties:)``
    /// waits for room.
    public let window: Int
    private let logger: Logger
    private let queue: PublisherQueue

    /// Subscriptions in the configuration are not made.
    public init(
        _ configuration: ConnectionConfiguration, window: Int = 500, logger: Logger
    ) throws(ConnectionFailure) {
        guard (1...65535).contains(window) else {
            throw .invalidConfiguration(field: "window", value: "\(window)", remedy: "use 1…65535")
        }
        self.configuration = configuration
        self.window = window
        var logger = logger
        logger[metadataKey: LoggingKeys.connection] = "\(configuration.name)"
        self.logger = logger
        queue = try PublisherQueue(window: window)
    }

    deinit {
        queue.requestStop()
    }

    public var counters: PublisherCounters { queue.counters }

    /// Returns when the broker has accepted the connection. To be called once.
    public func connect() async throws(ConnectionFailure) {
        guard queue.begin() else { throw .closed }
        let thread: OwnThread
        do {
            let loop = UnsafeTransfer(PublisherLoop(configuration: configuration, queue: queue))
            thread = try OwnThread { loop.value.run() }
        } catch {
            queue.ended(error)
            throw error
        }
        queue.started(thread)
        let failure = await withTaskCancellationHandler {
            await queue.waitUntilUp()
        } onCancel: {
            queue.requestStop()
        }
        if let failure {
            await close()
            throw failure
        }
        logger.debug("publisher connected")
    }

    /// Queues a message; suspends while the window is full. Returning does not mean that the
    /// broker has it: see ``flush()`` and ``counters``.
    ///
    /// Throws ``ConnectionFailure/invalidMessage(field:value:remedy:)`` for what MQTT cannot carry,
    /// and what ended the connection once it has ended.
    public func publish(
        topic: String,
        payload: [UInt8],
        qos: Subscription.MaximumQoS = .atLeastOnce,
        retained: Bool = false,
        properties: MessageProperties? = nil
    ) async throws(ConnectionFailure) {
        let message = OutgoingMessage(
            topic: topic, payload: payload, qos: qos, retained: retained, properties: properties)
        if let fault = message.fault() { throw fault }
        while try !queue.add(message) {
            await queue.waitForRoom()
            if Task.isCancelled { throw .closed }
        }
    }

    /// Returns when every message so far has been acknowledged (QoS 1) or written (QoS 0).
    public func flush() async throws(ConnectionFailure) {
        while try !queue.isEmpty() {
            await queue.waitUntilEmpty()
            if Task.isCancelled { throw .closed }
        }
    }

    /// Disconnects, bounded by the configuration's stop timeout, and joins the thread. What is not
    /// acknowledged by then may or may not have reached the broker: flush first.
    public func close() async {
        queue.requestStop()
        await queue.waitUntilEnded()
        queue.takeThread()?.join()
    }
}

/// What a ``Publisher`` has sent.
public struct PublisherCounters: Sendable, Equatable {
    /// Taken into the queue.
    public var accepted: UInt64 = 0
    /// Acknowledged by the broker (QoS 1) or written (QoS 0).
    public var completed: UInt64 = 0
    /// Answered with a failure, for instance because the user may not publish there, or not taken
    /// by the library because the broker's packet limit is smaller.
    public var rejected: UInt64 = 0
    /// How many of them by reason.
    public var rejections: [String: UInt64] = [:]

    public init() {}
}
