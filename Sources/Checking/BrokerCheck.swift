import AMQP
public import MQTT
public import NIOCore

/// An MQTT broker: the way there, the login, and each subscription.
public struct BrokerCheck: TargetCheck {
    private let name: String
    private let configuration: MQTT.ConnectionConfiguration
    private let group: any EventLoopGroup

    /// - Parameter configuration: as the bridge uses it; see `SubscriptionProbe` for what is made of it.
    public init(name: String, _ configuration: MQTT.ConnectionConfiguration, group: any EventLoopGroup) {
        self.name = name
        self.configuration = configuration
        self.group = group
    }

    public var report: TargetReport {
        let scheme = configuration.tls == nil ? "mqtt" : "mqtts"
        return TargetReport(kind: "broker", name: name, place: "\(scheme)://\(configuration.host):\(configuration.port)")
    }

    public func steps(_ options: CheckOptions, onStep: @escaping @Sendable (String) -> Void) async -> [CheckStep] {
        var run = StepRun(limit: options.timeout, redaction: options.redaction, onStep: onStep)
        _ = await Way(configuration: way(options), group: group).check(&run)
        if run.mayTry("clock") {
            run.note(CheckStep("clock", .skipped, "not measurable: MQTT tells no time"))
        }
        await subscribe(&run, options)
        return run.steps
    }

    /// The library checks the broker's certificate itself; what it will find is seen here in more detail.
    private func way(_ options: CheckOptions) -> AMQP.ConnectionConfiguration {
        let tls = configuration.tls.map { tls in
            AMQP.TLSSettings(
                authorities: tls.certificateAuthority.map { [$0] } ?? [], certificate: tls.certificate, key: tls.key,
                verification: tls.verifiesServerName ? .full : .withoutHostName)
        }
        return AMQP.ConnectionConfiguration(
            host: configuration.host, port: configuration.port, tls: tls, containerID: "", connectTimeout: options.timeout)
    }

    private func subscribe(_ run: inout StepRun, _ options: CheckOptions) async {
        var asked = configuration
        asked.connectTimeout = options.timeout
        let filters = asked.subscriptions.map { SubscriptionProbe.plain($0.filter) }
        guard run.mayTry("connect") else {
            for filter in filters { _ = run.mayTry("subscribe \(filter)") }
            return
        }
        let probing = asked
        let limit = options.timeout * 2 + .seconds(1)
        let result = await within(limit) { await SubscriptionProbe.run(probing) } ?? SubscriptionProbe.Result()
        guard let connected = result.connectedAfter else {
            let failure = result.failure.map { StepFailure($0) } ?? StepFailure("no answer within \(limit)", remedy: "see the broker's log")
            run.note(
                Task.isCancelled
                    ? CheckStep("connect", .skipped, "interrupted")
                    : CheckStep("connect", .failed, failure.detail, remedy: failure.remedy))
            for filter in filters { _ = run.mayTry("subscribe \(filter)") }
            return
        }
        let user = configuration.username.map { "as '\($0)'" } ?? "without a login"
        run.note(CheckStep("connect", .ok, "accepted \(user)", duration: connected))
        for filter in filters {
            run.note(step(filter, result), decides: false)
        }
    }

    private func step(_ filter: String, _ result: SubscriptionProbe.Result) -> CheckStep {
        let name = "subscribe \(filter)"
        guard let answer = result.answers.first(where: { $0.filter == filter }) else {
            guard let failure = result.failure.map({ StepFailure($0) }) else { return CheckStep(name, .skipped, "interrupted") }
            return CheckStep(name, .failed, "no answer: \(failure.detail)", remedy: failure.remedy)
        }
        guard let failure = answer.failure.map({ StepFailure($0) }) else {
            return CheckStep(name, .ok, "granted, code \(answer.code)", duration: result.answeredAfter)
        }
        return CheckStep(name, .failed, failure.detail, remedy: failure.remedy, duration: result.answeredAfter)
    }
}
