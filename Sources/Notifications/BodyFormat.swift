/// How an endpoint wants the bodies of its events (`body:` in the configuration).
public enum BodyFormat: String, Sendable, Hashable, CaseIterable {
    /// As it came.
    case json
    case cbor
    case protobuf
}
