/// Where a batch ends although the broker has more to send. Draining a backlog, mosquitto does
/// not hold itself to Receive Maximum, so this is the only bound on memory.
public struct BatchLimits: Sendable, Hashable {
    public var messages: Int
    /// Payload bytes. The message that crosses the limit still belongs to the batch.
    public var bytes: Int

    public init(messages: Int = 1000, bytes: Int = 8 << 20) {
        self.messages = messages
        self.bytes = bytes
    }

    func reached(messages count: Int, bytes size: Int) -> Bool {
        count >= messages || size >= bytes
    }
}
