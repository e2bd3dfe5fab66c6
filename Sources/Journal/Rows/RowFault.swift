/// Why a row cannot be read.
enum RowFault: Error, Hashable, CustomStringConvertible {
    case checksum(of: String)
    case truncated
    case unknownLayout(UInt8)
    case unknownValueKind(UInt8)
    case countMismatch(column: Int, found: Int)
    case bodyOutOfRange
    case trailingBytes(Int)

    var description: String {
        switch self {
        case .checksum(let part): "checksum of \(part) does not match"
        case .truncated: "bytes end in the middle of a value"
        case .unknownLayout(let version): "unknown row layout \(version)"
        case .unknownValueKind(let kind): "unknown kind of attribute value \(kind)"
        case .countMismatch(let column, let found): "row says \(column) events, its bytes say \(found)"
        case .bodyOutOfRange: "a body lies outside the stored bytes"
        case .trailingBytes(let count): "\(count) bytes after the last event"
        }
    }
}
