/// A report for people: a block a target, a line a step, a remedy on a line of its own.
public struct CheckText {
    private let colour: (String, CheckStep.Outcome) -> String
    private let bold: (String) -> String

    /// - Parameter colour: how a terminal shows an outcome.
    public init(
        colour: @escaping (String, CheckStep.Outcome) -> String = { text, _ in text }, bold: @escaping (String) -> String = { $0 }
    ) {
        self.colour = colour
        self.bold = bold
    }

    public func lines(_ report: CheckReport) -> [String] {
        let steps = report.targets.flatMap(\.steps)
        let nameWidth = steps.map { Self.title($0).count }.max() ?? 0
        let timeWidth = steps.map { Self.time($0).count }.max() ?? 0
        return report.targets.flatMap { target in
            [bold("\(target.kind) \(target.name)  \(target.place)")]
                + target.steps.flatMap { step in
                    let outcome = Self.filled(step.outcome.rawValue, 7)
                    let time = String(repeating: " ", count: timeWidth - Self.time(step).count) + Self.time(step)
                    let line = "  \(colour(outcome, step.outcome))  \(Self.filled(Self.title(step), nameWidth))  \(time)  \(step.detail)"
                    return [line] + (step.remedy.map { ["           → \($0)"] } ?? [])
                } + [""]
        } + [summary(report)]
    }

    private func summary(_ report: CheckReport) -> String {
        let counted = CheckStep.Outcome.allCases.map { "\(report.count($0)) \($0.rawValue)" }.joined(separator: ", ")
        return colour(report.hasFailed ? "Something failed" : "Nothing failed", report.hasFailed ? .failed : .ok) + ": \(counted)."
    }

    private static func title(_ step: CheckStep) -> String {
        step.key.map { "\($0): \(step.name)" } ?? step.name
    }

    private static func time(_ step: CheckStep) -> String {
        step.duration.map { "\($0.wholeMilliseconds) ms" } ?? ""
    }

    private static func filled(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

extension Duration {
    public var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
