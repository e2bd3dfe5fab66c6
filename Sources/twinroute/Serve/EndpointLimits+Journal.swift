import Journal
import Notifications
import Routing
import Settings

extension BridgeConfiguration {
    /// What may wait for each endpoint.
    var backlogLimits: [EndpointID: BacklogLimits] {
        Dictionary(
            endpoints.map { ($0.id, BacklogLimits($0.limits)) }, uniquingKeysWith: { first, _ in first })
    }
}

extension BacklogLimits {
    init(_ limits: EndpointLimits) {
        let policy: Policy =
            switch limits.whenFull {
            case .block: .block
            case .dropOldest: .dropOldest
            case .deadLetter: .deadLetter
            }
        self.init(bytes: limits.bytes, age: limits.age, whenFull: policy)
    }
}
