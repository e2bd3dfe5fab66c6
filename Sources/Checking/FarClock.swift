import Azure
import Foundation

/// How far this machine's clock is from the far side's.
struct FarClock {
    /// Below, a request's own time explains it.
    static let small: Int64 = 60
    /// Tokens and certificates go wrong.
    static let large: Int64 = 300

    /// Seconds since 1970; `nil` where the far side does not tell.
    var farSide: Int64?
    var now: Int64

    func found() throws(StepFailure) -> Found<Void> {
        guard let farSide else { return Found(value: (), outcome: .skipped, detail: "not measurable: the far side tells no time") }
        let skew = now - farSide
        let size = abs(skew) < 120 ? "\(abs(skew)) s" : "\(abs(skew) / 60) min"
        if abs(skew) <= Self.small { return Found(value: (), detail: "\(size) from the far side's") }
        let detail = "this machine's clock is \(size) \(skew < 0 ? "behind" : "ahead of") the far side's"
        let remedy = "set this machine's clock; a time service keeps it right"
        guard abs(skew) <= Self.large else { throw StepFailure(detail, remedy: remedy) }
        return Found(value: (), outcome: .warning, detail: detail, remedy: remedy)
    }

    /// Seconds since 1970 of a `Date` header.
    static func time(ofHeader text: String) -> Int64? {
        HTTPDate.date(text).map { Int64($0.timeIntervalSince1970) }
    }
}
