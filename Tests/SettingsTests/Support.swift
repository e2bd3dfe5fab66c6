import Foundation
import Settings
import TestSupport
import Testing

extension TemporaryFolder {
    /// Files that look like certificates and keys; nobody opens a connection with them.
    func writeCredentials() throws {
        try write("ca.pem", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n")
        try write("client.pem", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n")
        try write("client.key", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n")
    }
}

func load(
    _ yaml: String, environment: [String: String] = [:], folder: String = "/nowhere"
) throws -> LoadedConfiguration {
    try ConfigurationLoader(environment: environment).load(bytes: Array(yaml.utf8), file: "bridge.yaml", folder: folder)
}

/// The faults of a configuration as they are printed; none if it loads.
func faults(_ yaml: String, environment: [String: String] = [:], folder: String = "/nowhere") -> [String] {
    do {
        _ = try load(yaml, environment: environment, folder: folder)
        return []
    } catch let error as ConfigurationFaults {
        return error.faults.map(\.description)
    } catch {
        return ["\(error)"]
    }
}

/// A configuration without faults; lines are added or replaced by the tests.
let plainYAML = """
    source: factory-7.example.net
    mqtt:
      - name: plant
        url: mqtt://broker.example.net
        subscriptions:
          - topic: devices/{subject}/telemetry
    endpoints:
      hub:
        type: EventHub
        connectionString: Endpoint=sb://ns.example.net/;SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0
        path: telemetry
    routes:
      - id: all
        endpoint: hub
    """

/// `plainYAML` with one text replaced; records an issue if the text is not there.
func plain(_ old: String, _ new: String) -> String {
    #expect(plainYAML.contains(old))
    return plainYAML.replacingOccurrences(of: old, with: new)
}
