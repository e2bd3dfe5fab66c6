import Configuration
import Ingest

extension IngestSettings {
    /// The configuration's part in the mapping of messages.
    init(_ configuration: BridgeConfiguration) {
        self.init(
            source: configuration.source, serviceName: configuration.serviceName, dialect: configuration.dialect)
    }
}
