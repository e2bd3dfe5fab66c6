import Notifications
import Synchronization

/// The endpoints that the journal serves now.
final class EndpointRegistry: Sendable {
    private let ledgers = Mutex<[EndpointLedger]>([])

    var all: [EndpointLedger] { ledgers.withLock { $0 } }

    func replace(with new: [EndpointLedger]) {
        ledgers.withLock { $0 = new }
    }

    func ledger(_ id: EndpointID) -> EndpointLedger? {
        ledgers.withLock { $0.first { $0.id == id } }
    }
}
