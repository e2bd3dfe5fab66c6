import Journal
import Routing

extension EndpointSet {
    /// A route table's places are the slots that the journal gave its endpoints.
    init(_ destinations: Destinations) {
        self.init(bits: destinations.bits)
    }
}
