import Ingest
import Settings

extension BridgeConfiguration {
    /// What the mapping of a broker's messages depends on.
    func ingestSettings(of broker: BrokerConfiguration) -> IngestSettings {
        IngestSettings(
            source: source, serviceName: serviceName, dialect: dialect, maximumPayloadBytes: broker.maximumPayload)
    }

    /// What the mapping of an event that comes from no broker depends on.
    func ingestSettings() -> IngestSettings {
        IngestSettings(source: source, serviceName: serviceName, dialect: dialect)
    }
}
