import Notifications

/// What a filter, or a part of one, yields.
public enum FilterValue: Sendable, Hashable {
    case boolean(Bool)
    /// CESQL Integer.
    case integer(Int32)
    case string(String)
    /// Numbers and nulls come from bodies only.
    case long(Int64)
    case number(Double)
    case null
    /// The body has no such field, or one of a kind that the operator cannot use.
    case absent
    case object
    case array
    /// What a path with `[*]` found.
    case several([FilterValue])
}

/// Value and errors side by side, for CESQL expressions are total: an error never hides the value.
public struct Evaluation: Sendable, Hashable {
    public var value: FilterValue
    public var errors: [EvaluationError]
    /// Set where the filter looked into a body that is not JSON.
    public var bodyFault: BodyFault?

    /// Would the event pass this filter?
    public var matches: Bool {
        guard errors.isEmpty else { return false }
        switch value {
        case .boolean(let value): return value
        case .several(let values): return values.contains(.boolean(true))
        default: return false
        }
    }
}

/// An error that one evaluation met (CESQL 3.3). It makes the event not match.
public struct EvaluationError: Error, Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case math, cast, missingAttribute, missingFunction, functionEvaluation, generic
    }

    public var kind: Kind
    /// Bytes of the filter's text.
    public var range: Range<Int>
    /// The expression that raised it.
    public var text: String
}

extension EvaluationError: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .math: "`\(text)` has no result in 32 bits, or divides by zero"
        case .cast: "`\(text)` has a value that cannot be read as the wanted type"
        case .missingAttribute: "the event has no attribute `\(text)`"
        case .missingFunction: "there is no function `\(text)`"
        case .functionEvaluation: "`\(text)` has an argument out of range"
        case .generic: "`\(text)` cannot be evaluated"
        }
    }
}

extension EvaluationError.Kind {
    init(_ error: ErrorSet) {
        switch error {
        case .math: self = .math
        case .cast: self = .cast
        case .missingAttribute: self = .missingAttribute
        case .missingFunction: self = .missingFunction
        case .functionEvaluation: self = .functionEvaluation
        default: self = .generic
        }
    }
}

extension FilterValue: CustomStringConvertible {
    /// As it would be written in a filter, as far as it can be.
    public var description: String {
        switch self {
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): "\(value)"
        case .long(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): "'\(value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
        case .null: "null"
        case .absent: "absent"
        case .object: "{…}"
        case .array: "[…]"
        case .several(let values): "any of \(values.map(\.description).joined(separator: ", "))"
        }
    }
}

extension Evaluator {
    /// The value of a whole expression: a missing attribute alone is false (CESQL 3.2), and so is an
    /// absent field.
    mutating func result(_ value: Value, _ notification: Notification) -> FilterValue {
        switch value.kind {
        case .missing, .absent: .boolean(false)
        default: shown(value, notification)
        }
    }

    func shown(_ value: Value, _ notification: Notification) -> FilterValue {
        switch value.kind {
        case .unknown, .missing, .absent: return .absent
        case .null: return .null
        case .boolean: return .boolean(value.isTrue)
        case .integer: return .integer(Int32(truncatingIfNeeded: value.whole))
        case .long: return .long(value.whole)
        case .double: return .number(value.double)
        case .object: return .object
        case .array: return .array
        case .many:
            var values: [FilterValue] = []
            _ = any(value) { item in
                values.append(shown(item, notification))
                return false
            }
            return .several(values)
        case .attributeText, .extensionText, .literalText, .bodyText, .scratchText:
            return .string(string(of: value, notification))
        }
    }
}
