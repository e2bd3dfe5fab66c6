/// The functions of CESQL 3.5, the casts of its test set, and those of Azure Digital Twins.
enum BuiltinFunction: UInt8, Sendable, Hashable, CaseIterable {
    case length, concat, concatWS, lower, upper, trim, left, right, substring
    case abs
    case int, bool, string
    case startsWith, endsWith, contains

    enum Kind: Sendable { case string, integer, boolean, any }

    var name: String {
        switch self {
        case .concatWS: "CONCAT_WS"
        case .startsWith: "STARTS_WITH"
        case .endsWith: "ENDS_WITH"
        default: String(describing: self).uppercased()
        }
    }

    /// Number of arguments; `nil` upper bound: any number.
    var arity: (least: Int, most: Int?) {
        switch self {
        case .length, .lower, .upper, .trim, .abs, .int, .bool, .string: (1, 1)
        case .left, .right, .startsWith, .endsWith, .contains: (2, 2)
        case .substring: (2, 3)
        case .concat: (0, nil)
        case .concatWS: (1, nil)
        }
    }

    var result: Kind {
        switch self {
        case .length, .abs, .int: .integer
        case .bool, .startsWith, .endsWith, .contains: .boolean
        default: .string
        }
    }

    /// `any` of several values is meant when the first argument is a path with `[*]`.
    var isPredicate: Bool {
        self == .startsWith || self == .endsWith || self == .contains
    }

    /// The function of this name that takes so many arguments: CESQL overloads by arity, so a
    /// known name with another number of arguments is an unknown function.
    init?(name: String, arguments: Int) {
        let upper = name.uppercased()
        guard let found = Self.allCases.first(where: { $0.name == upper }) else { return nil }
        guard arguments >= found.arity.least, arguments <= found.arity.most ?? .max else { return nil }
        self = found
    }
}
