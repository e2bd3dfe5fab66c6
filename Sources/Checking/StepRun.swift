/// Why a step failed, in the operator's words.
struct StepFailure: Error, Sendable, Hashable {
    var detail: String
    var remedy: String?

    init(_ detail: String, remedy: String? = nil) {
        self.detail = detail
        self.remedy = remedy
    }
}

/// What a step that did not fail brought.
struct Found<Value: Sendable>: Sendable {
    var value: Value
    var outcome: CheckStep.Outcome = .ok
    var detail: String
    var remedy: String?
}

/// Tries the steps of one target one by one, and writes them down. Once a step that others rest on has
/// failed, those are not tried.
struct StepRun {
    private(set) var steps: [CheckStep] = []
    /// The step that failed, where what follows rests on it.
    private(set) var blockedBy: String?
    private let limit: Duration
    private let redaction: Redaction
    private let onStep: @Sendable (String) -> Void

    /// How much longer than a step's own limits it is waited for it, so that they are heard first.
    private static let grace = Duration.milliseconds(300)

    /// - Parameter onStep: told each step's name when it begins.
    init(limit: Duration, redaction: Redaction, onStep: @escaping @Sendable (String) -> Void = { _ in }) {
        self.limit = limit
        self.redaction = redaction
        self.onStep = onStep
    }

    /// - Parameters:
    ///   - decides: whether what follows rests on it.
    ///   - rounds: how often the limit holds within it.
    /// - Returns: `nil` when it failed, was not tried, or found nothing.
    mutating func perform<Value: Sendable>(
        _ name: String, key: String? = nil, decides: Bool = true, rounds: Int = 1,
        _ work: @escaping @Sendable () async throws(StepFailure) -> Found<Value>
    ) async -> Value? {
        guard mayTry(name, key: key) else { return nil }
        let started = ContinuousClock.now
        let outcome = await within(limit * rounds + Self.grace) { () async -> Result<Found<Value>, StepFailure> in
            do throws(StepFailure) {
                return .success(try await work())
            } catch {
                return .failure(error)
            }
        }
        let duration = ContinuousClock.now - started
        switch outcome {
        case .success(let found):
            note(CheckStep(name, key: key, found.outcome, found.detail, remedy: found.remedy, duration: duration), decides: decides)
            return found.value
        case .failure(let failure):
            note(CheckStep(name, key: key, .failed, failure.detail, remedy: failure.remedy, duration: duration), decides: decides)
        case nil where Task.isCancelled:
            note(CheckStep(name, key: key, .skipped, "interrupted", duration: duration))
            blockedBy = blockedBy ?? name
        case nil:
            note(
                CheckStep(
                    name, key: key, .failed, "no answer within \(limit * rounds)",
                    remedy: "see whether host and port are right and something answers there; --timeout waits longer",
                    duration: duration), decides: decides)
        }
        return nil
    }

    /// Writes down what is known already.
    mutating func note(_ step: CheckStep, decides: Bool = true) {
        var step = step
        step.detail = redaction(step.detail)
        step.remedy = step.remedy.map { redaction($0) }
        steps.append(step)
        if step.outcome == .failed, decides { blockedBy = step.name }
    }

    /// Writes the step down as not tried where one that it rests on has failed.
    mutating func mayTry(_ name: String, key: String? = nil) -> Bool {
        if let blockedBy {
            steps.append(CheckStep(name, key: key, .skipped, "not tried, for \(blockedBy) failed"))
            return false
        }
        if Task.isCancelled {
            steps.append(CheckStep(name, key: key, .skipped, "interrupted"))
            return false
        }
        onStep(name)
        return true
    }

    /// The next key: what failed with the one before does not matter to it.
    mutating func unblock(to earlier: String?) {
        blockedBy = earlier
    }
}
