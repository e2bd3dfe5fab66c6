import Foundation
import Ingest
import Settings

extension BridgeConfiguration {
    /// What the mapping of a broker's messages depends on.
    func ingestSettings(of broker: BrokerConfiguration) -> IngestSettings {
        IngestSettings(
            source: source, serviceName: serviceName, dialect: dialect, maximumPayloadBytes: broker.maximumPayload,
            recognisesRedelivery: Self.recognisesRedelivery)
    }

    /// The crash test measures what the filter is good for by leaving it out; no setting for
    /// operators.
    private static var recognisesRedelivery: Bool {
        ProcessInfo.processInfo.environment["TWINROUTE_REDELIVERY_FILTER"] != "off"
    }

    /// What the mapping of an event that comes from no broker depends on.
    func ingestSettings() -> IngestSettings {
        IngestSettings(source: source, serviceName: serviceName, dialect: dialect)
    }
}
