/// A data folder of a local namespace that cannot be used.
public struct ContentsError: Error, Sendable, Hashable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public var description: String { "\(path): \(reason)" }
}
