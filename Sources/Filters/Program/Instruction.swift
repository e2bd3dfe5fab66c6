/// One node of a compiled program. Programs are graphs: equal sub-expressions are one node,
/// whichever filter they stand in.
struct Instruction: Hashable, Sendable {
    enum Operation: UInt8, Sendable {
        // Constants.
        case null, boolean, integer, long, number, text
        // Inputs. `a`: attribute; slot; for an extension `a` and `b` are the name's offset and length.
        case attribute, extension_, path
        case existsAttribute, existsExtension, existsPath
        // Operators. `a`, `b`: operand nodes, or a range of the program's lists.
        case not, negate
        case logic
        /// CESQL rules: operands are cast, errors are noted.
        case compare
        /// Body rules: nothing is cast, no errors.
        case compareBody
        case arithmetic, arithmeticBody
        /// `a`: operand, `b`: pattern.
        case like
        /// `a`: operand, `b` and `c`: range of the lists. `isInBody` follows the body rules.
        case isIn, isInBody
        /// `flag`: function, `b` and `c`: range of the lists.
        case call
        case unknownFunction
    }

    /// What is known of the result before any event is there.
    enum ResultType: UInt8, Sendable {
        case boolean, integer, text
        /// An attribute: one of the three above.
        case attribute
        case number
        case null
        /// Anything that JSON can hold.
        case body
        /// Several such values.
        case many

        /// Never cast without being asked, never an error.
        var followsBodyRules: Bool { rawValue >= ResultType.number.rawValue }
    }

    var operation: Operation
    var type: ResultType
    var flag: UInt8 = 0
    var a: Int32 = 0
    var b: Int32 = 0
    var c: Int32 = 0
    var bits: UInt64 = 0

    var isConstant: Bool { operation.rawValue <= Operation.text.rawValue }
}
