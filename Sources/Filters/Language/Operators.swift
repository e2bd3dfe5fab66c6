enum LogicOperator: Int32, Sendable, Hashable {
    case and, or, xor
}

enum ComparisonOperator: UInt8, Sendable, Hashable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

    var isEquality: Bool { self == .equal || self == .notEqual }

    /// The operator that says the same with the operands changed over.
    var mirrored: ComparisonOperator {
        switch self {
        case .equal, .notEqual: self
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        }
    }

    @inline(__always)
    func holds<T: Comparable>(_ left: T, _ right: T) -> Bool {
        switch self {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }
}

enum ArithmeticOperator: UInt8, Sendable, Hashable {
    case add, subtract, multiply, divide, remainder
}
