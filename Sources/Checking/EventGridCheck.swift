public import AMQP
public import Azure
public import NIOCore

/// An Event Grid topic: the way there, its clock, and each key by itself.
public struct EventGridCheck: TargetCheck {
    public let report: TargetReport
    private let way: AMQP.ConnectionConfiguration
    private let keys: [(name: String, connector: EventGridConnector)]
    private let group: any EventLoopGroup

    /// - Parameters:
    ///   - way: host, port, TLS and proxy; nothing else of it counts.
    ///   - keys: `primary` and `secondary`, as far as there are.
    public init(
        name: String, place: String, way: AMQP.ConnectionConfiguration, keys: [(name: String, connector: EventGridConnector)],
        group: any EventLoopGroup
    ) {
        report = TargetReport(kind: "endpoint", name: name, place: place)
        self.way = way
        self.keys = keys
        self.group = group
    }

    public func steps(_ options: CheckOptions, onStep: @escaping @Sendable (String) -> Void) async -> [CheckStep] {
        var run = StepRun(limit: options.timeout, redaction: options.redaction, onStep: onStep)
        var way = way
        way.connectTimeout = options.timeout
        _ = await Way(configuration: way, group: group).check(&run)
        let reached = run.blockedBy
        if let first = keys.first?.connector { await readClock(&run, first, options) }
        var working: (name: String, connector: EventGridConnector)?
        for key in keys {
            run.unblock(to: reached)
            await tryKey(&run, key.name, key.connector)
            if run.blockedBy == nil { working = working ?? key }
        }
        guard options.sends else { return run.steps }
        run.unblock(to: reached)
        if let working {
            await MarkedEvent.perform(&run, key: working.name, options, over: working.connector)
        } else {
            run.note(CheckStep("send", .skipped, "not tried: no key works"))
        }
        return run.steps
    }

    private func readClock(_ run: inout StepRun, _ connector: EventGridConnector, _ options: CheckOptions) async {
        _ = await run.perform("clock", decides: false) { () async throws(StepFailure) -> Found<Void> in
            let date: String?
            do throws(EndpointFailure) {
                date = try await connector.date(within: options.timeout)
            } catch {
                return Found(value: (), outcome: .skipped, detail: "not measurable: \(error.detail)")
            }
            return try FarClock(farSide: date.flatMap { FarClock.time(ofHeader: $0) }, now: UnixTime.now).found()
        }
    }

    /// As the bridge does it when it starts: an array without an event.
    private func tryKey(_ run: inout StepRun, _ name: String, _ connector: EventGridConnector) async {
        _ = await run.perform("key", key: name) { () async throws(StepFailure) -> Found<Void> in
            do throws(EndpointFailure) {
                let session = try await connector.connect(onProgress: { _ in }, onReports: { _ in [] })
                await session.close()
                return Found(value: (), detail: "accepted, with an array without events")
            } catch {
                throw StepFailure(error)
            }
        }
    }
}
