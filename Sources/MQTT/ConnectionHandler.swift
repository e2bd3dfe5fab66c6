/// Takes what a ``Connection`` receives.
public protocol ConnectionHandler: Sendable {
    /// Called on the connection's own thread; must not block. The batch's PUBACKs are written only
    /// after ``BatchAcknowledgement/acknowledge()``, and nothing more is read until then.
    func receive(_ batch: MessageBatch, acknowledgement: BatchAcknowledgement)

    /// Called on the connection's own thread; must not block.
    func connectionChanged(to state: ConnectionState)
}
