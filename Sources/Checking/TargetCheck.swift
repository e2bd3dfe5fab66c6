/// What holds for every target.
public struct CheckOptions: Sendable {
    /// For each step.
    public var timeout: Duration
    /// Whether one marked event is sent to each endpoint.
    public var sends: Bool
    /// CloudEvents source of that event.
    public var source: String
    public var redaction: Redaction

    public init(timeout: Duration, sends: Bool, source: String, redaction: Redaction) {
        self.timeout = timeout
        self.sends = sends
        self.source = source
        self.redaction = redaction
    }
}

/// A broker or an endpoint that can be tried.
public protocol TargetCheck: Sendable {
    /// Without steps.
    var report: TargetReport { get }

    /// - Parameter onStep: told the name of each step when it begins.
    func steps(_ options: CheckOptions, onStep: @escaping @Sendable (String) -> Void) async -> [CheckStep]
}

/// All targets, at the same time.
public enum CheckRun {
    /// - Parameters:
    ///   - onStep: told target and step when one begins.
    ///   - onDone: told each target that is through, in any order.
    /// - Returns: the targets in their order, also when the task is cancelled: with what there is by then.
    public static func report(
        _ targets: [any TargetCheck], _ options: CheckOptions, onStep: @escaping @Sendable (String, String) -> Void = { _, _ in },
        onDone: @escaping @Sendable (String) -> Void = { _ in }
    ) async -> CheckReport {
        let reports = await withTaskGroup(of: (Int, TargetReport).self) { group in
            for (number, target) in targets.enumerated() {
                group.addTask {
                    var report = target.report
                    let name = report.name
                    report.place = options.redaction(report.place)
                    report.steps = await target.steps(options) { onStep(name, $0) }
                    onDone(name)
                    return (number, report)
                }
            }
            var reports = targets.map(\.report)
            for await (number, report) in group { reports[number] = report }
            return reports
        }
        return CheckReport(targets: reports)
    }
}
