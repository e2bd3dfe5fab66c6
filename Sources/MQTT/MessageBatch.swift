/// Messages that are acknowledged together, in the order the broker sent them.
public struct MessageBatch: Sendable {
    public let messages: [Message]
    /// All payloads one after the other, so that each byte is copied once on its way from C.
    public let arena: [UInt8]

    public init(messages: [Message], arena: [UInt8]) {
        self.messages = messages
        self.arena = arena
    }
}
