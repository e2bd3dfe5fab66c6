import AMQP
import Azure
import NIOCore
import NIOPosix

/// The way to a far side up to where its protocol begins: name, TCP, proxy, TLS, WebSocket.
struct Way: Sendable {
    var configuration: AMQP.ConnectionConfiguration
    var group: any EventLoopGroup
    /// Whose way it is, where keys have different ones.
    var key: String?

    /// - Returns: the far side's `Date`, where it told it.
    func check(_ run: inout StepRun) async -> String? {
        let dialled = configuration.proxy.map { ($0.host, $0.port) } ?? (configuration.host, configuration.port)
        let behind = configuration.proxy == nil ? "" : " (the proxy; it looks up \(configuration.host) itself)"
        _ = await run.perform("DNS", key: key) { () async throws(StepFailure) -> Found<Void> in
            let address = try await Self.look(up: dialled.0, port: dialled.1)
            let found = address == dialled.0 ? "\(address) needs none" : "\(dialled.0) is \(address)"
            return Found(value: (), detail: found + behind)
        }
        guard run.mayTry("TCP", key: key) else {
            for stage in stages.dropFirst() { _ = run.mayTry(stage.title, key: key) }
            return nil
        }
        let (configuration, group) = (configuration, group)
        let limit = configuration.connectTimeout * stages.count + .seconds(1)
        guard let probe = await within(limit, { await TransportProbe.run(configuration, on: group) }) else {
            let outcome: (CheckStep.Outcome, String) = Task.isCancelled ? (.skipped, "interrupted") : (.failed, "no answer within \(limit)")
            run.note(CheckStep("TCP", key: key, outcome.0, outcome.1))
            for stage in stages.dropFirst() { _ = run.mayTry(stage.title, key: key) }
            return nil
        }
        for passed in probe.passed {
            switch passed.stage {
            case .tls: run.note(step(await verdict.found, passed))
            case .tcp: run.note(CheckStep("TCP", key: key, .ok, "\(dialled.0):\(dialled.1) listens", duration: passed.after))
            case .proxy: run.note(CheckStep("proxy", key: key, .ok, "makes a tunnel to \(configuration.host):\(configuration.port)", duration: passed.after))
            case .webSocket: run.note(CheckStep("WebSocket", key: key, .ok, "the upgrade is accepted", duration: passed.after))
            }
        }
        if let failure = probe.failure {
            let told = failure.stage == .tls ? await verdict.failure(failure.error) : StepFailure(failure.error)
            run.note(CheckStep(failure.stage.title, key: key, .failed, told.detail, remedy: told.remedy, duration: failure.after))
            for stage in stages.drop(while: { $0 != failure.stage }).dropFirst() { _ = run.mayTry(stage.title, key: key) }
        }
        return probe.date
    }

    /// In their order.
    private var stages: [TransportProbe.Stage] {
        [.tcp] + (configuration.proxy == nil ? [] : [.proxy]) + (configuration.tls == nil ? [] : [.tls])
            + (configuration.usesWebSocket ? [.webSocket] : [])
    }

    private var verdict: TLSVerdict {
        get async {
            TLSVerdict(
                certificates: await within(configuration.connectTimeout * stages.count, certificates) ?? [], host: configuration.host, now: UnixTime.now)
        }
    }

    @Sendable private func certificates() async -> [TransportProbe.Certificate] {
        await TransportProbe.certificates(configuration, on: group)
    }

    private func step(_ found: Found<Void>, _ passed: TransportProbe.Passed) -> CheckStep {
        CheckStep(passed.stage.title, key: key, found.outcome, found.detail, remedy: found.remedy, duration: passed.after)
    }

    /// The system's resolver blocks, so it gets a thread.
    private static func look(up host: String, port: Int) async throws(StepFailure) -> String {
        do {
            return try await NIOThreadPool.singleton.runIfActive {
                let address = try SocketAddress.makeAddressResolvingHost(host, port: port)
                return address.ipAddress ?? "\(address)"
            }
        } catch {
            throw StepFailure("no address is known for \(host)", remedy: "check its spelling, and this machine's name server")
        }
    }
}

extension TransportProbe.Stage {
    var title: String {
        switch self {
        case .tcp: "TCP"
        case .proxy: "proxy"
        case .tls: "TLS"
        case .webSocket: "WebSocket"
        }
    }
}
