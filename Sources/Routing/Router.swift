import Synchronization

/// The route table in force. It is replaced as a whole while events are routed: who routes takes
/// ``table`` once and uses that, so that no event is routed by parts of two tables.
public final class Router: Sendable {
    private let current: Mutex<RouteTable>

    public init(_ table: RouteTable) {
        current = Mutex(table)
    }

    public var table: RouteTable { current.withLock { $0 } }

    /// Events whose routing begins from now on are routed by `table`.
    public func replace(with table: RouteTable) {
        current.withLock { $0 = table }
    }
}
