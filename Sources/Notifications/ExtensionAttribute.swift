/// A context attribute that CloudEvents does not define itself, or that this bridge does not read.
public struct ExtensionAttribute: Sendable, Hashable {
    /// Lower-case letters and digits only (CloudEvents 1.0, "Naming conventions").
    public var name: String
    public var value: AttributeValue

    public init(name: String, value: AttributeValue) {
        self.name = name
        self.value = value
    }
}

/// The CloudEvents type system, as far as it differs on a wire.
public enum AttributeValue: Sendable, Hashable {
    case string(String)
    case boolean(Bool)
    case integer(Int32)
    case binary([UInt8])
    case uri(String)
    case uriReference(String)
    /// RFC 3339 text, kept as it was written.
    case timestamp(String)
}

/// A name and a value that the publisher set beside the event.
public struct Property: Sendable, Hashable {
    public var name: String
    /// `nil` where a name came without a value (`key` alone in a device topic's property bag).
    public var value: String?

    public init(name: String, value: String?) {
        self.name = name
        self.value = value
    }
}
