import NIOCore

/// What came to a namespace since it was started.
public struct NamespaceStatistics: Sendable, Hashable {
    public var connections = 0
    /// Tokens that `$cbs` accepted.
    public var tokens = 0
}

extension LocalNamespace {
    public var statistics: NamespaceStatistics {
        get async { (try? await eventLoop.submit { [namespace] in namespace.value.statistics }.get()) ?? NamespaceStatistics() }
    }

    /// Puts a fault on, as `POST /faults` does.
    func add(_ fault: Fault) async {
        _ = try? await eventLoop.submit { [namespace] in namespace.value.add(fault) }.get()
    }
}
