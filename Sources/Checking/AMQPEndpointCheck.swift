public import AMQP
public import Azure
import Logging
public import NIOCore
import Notifications
import Synchronization

/// An event hub, queue or topic: the way there, then sign-in and link with each key by itself.
public struct AMQPEndpointCheck: TargetCheck {
    /// One of the endpoint's keys.
    public struct Key: Sendable {
        /// `primary` or `secondary`.
        public var name: String
        public var connection: AMQP.ConnectionConfiguration
        /// The entity's path.
        public var address: String
        /// `nil` where the SASL login is all.
        public var signIn: TokenSignIn?
        /// What the bridge sends with.
        public var connector: any EndpointConnector

        public init(
            name: String, connection: AMQP.ConnectionConfiguration, address: String, signIn: TokenSignIn?,
            connector: any EndpointConnector
        ) {
            self.name = name
            self.connection = connection
            self.address = address
            self.signIn = signIn
            self.connector = connector
        }
    }

    public let report: TargetReport
    private let keys: [Key]
    private let hasPartitions: Bool
    private let group: any EventLoopGroup

    /// - Parameters:
    ///   - keys: one or more; the way of the first is looked at step by step, and that of another where it
    ///     leads elsewhere.
    ///   - hasPartitions: whether it is an event hub, which can be asked for them.
    public init(
        name: String, place: String, keys: [Key], hasPartitions: Bool, group: any EventLoopGroup
    ) {
        report = TargetReport(kind: "endpoint", name: name, place: place)
        self.keys = keys
        self.hasPartitions = hasPartitions
        self.group = group
    }

    public func steps(_ options: CheckOptions, onStep: @escaping @Sendable (String) -> Void) async -> [CheckStep] {
        var run = StepRun(limit: options.timeout, redaction: options.redaction, onStep: onStep)
        guard let first = keys.first else { return [] }
        let date = await Way(configuration: limited(first, options), group: group).check(&run)
        let reached = run.blockedBy
        var working: Key?
        var farSide = date.flatMap { FarClock.time(ofHeader: $0) }
        for key in keys {
            run.unblock(to: reached)
            if (key.connection.host, key.connection.port) != (first.connection.host, first.connection.port) {
                run.unblock(to: nil)
                _ = await Way(configuration: limited(key, options), group: group, key: key.name).check(&run)
            }
            if let clock = await KeyCheck(key: key, connection: limited(key, options), hasPartitions: hasPartitions, group: group).check(&run) {
                farSide = farSide ?? clock
            }
            if run.blockedBy == nil { working = working ?? key }
        }
        run.unblock(to: reached)
        let clock = FarClock(farSide: farSide, now: UnixTime.now)
        _ = await run.perform("clock", decides: false) { () async throws(StepFailure) -> Found<Void> in try clock.found() }
        guard options.sends else { return run.steps }
        if let working {
            run.unblock(to: nil)
            await MarkedEvent.perform(&run, key: working.name, options, over: working.connector)
        } else {
            run.note(CheckStep("send", .skipped, "not tried: no key works"))
        }
        return run.steps
    }

    private func limited(_ key: Key, _ options: CheckOptions) -> AMQP.ConnectionConfiguration {
        var connection = key.connection
        connection.connectTimeout = options.timeout
        return connection
    }
}
