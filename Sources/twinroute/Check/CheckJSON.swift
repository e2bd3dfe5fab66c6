import Checking

/// A report as members of a JSON object.
enum CheckJSON {
    static func targets(_ report: CheckReport) -> [[String: Any]] {
        report.targets.map { target in
            ["kind": target.kind, "name": target.name, "place": target.place, "steps": target.steps.map(step)]
        }
    }

    private static func step(_ step: CheckStep) -> [String: Any] {
        var object: [String: Any] = ["step": step.name, "outcome": step.outcome.rawValue, "detail": step.detail]
        object["key"] = step.key
        object["remedy"] = step.remedy
        object["milliseconds"] = step.duration?.wholeMilliseconds
        return object
    }
}
