import Foundation
import Notifications
import Settings
import TestSupport
import Testing

@Suite("Secrets")
struct SecretTests {
    private static let secrets = ["broker-password", "primary-key", "secondary-key", "bearer-token"]

    private func shown(_ value: some Any) -> String {
        var text = "\(value) \(String(reflecting: value))"
        dump(value, to: &text)
        return text
    }

    @Test("are in no description, reflection or dump of a configuration")
    func neverShown() throws {
        let folder = try TemporaryFolder()
        try folder.writeCredentials()
        let yaml = ContractTests.example.replacingOccurrences(of: "${PLANT_PASSWORD}", with: "broker-password")
        let loaded = try load(yaml, environment: ContractTests.environment, folder: folder.path)
        for text in [shown(loaded), shown(loaded.configuration)] {
            #expect(text.contains(Secret.mask))
            for secret in Self.secrets { #expect(!text.contains(secret)) }
        }
        let encoded = try JSONEncoder().encode(["key": Secret("hunter2")])
        #expect(String(decoding: encoded, as: UTF8.self) == "{\"key\":\"***\"}")
    }

    @Test(
        "are in no fault, wherever they were put by mistake",
        arguments: [
            ("    connectionString: ", "    connectionString: Endpoint=sb://h:x/;SharedAccessKeyName=n;SharedAccessKey=hunter2;hunter2\n    x: "),
            ("    connectionString: ", "    connectionString: hunter2\n    x: "),
            ("    connectionString: ", "    connectionString: ${KEY}\n    x: "),
            ("    connectionString: ", "    connectionString: [hunter2]\n    x: "),
            ("    connectionString: ", "    connectionString: { hunter2: 1, hunter3: 1 }\n    x: "),
            ("    connectionString: ", "    connectionString: amqp://u:hunter2@h:x\n    x: "),
            ("    path: telemetry", "    path: telemetry\n    body: SharedAccessKey=hunter2"),
            ("    path: telemetry", "    path: telemetry\n    body: ${KEY}"),
            ("    path: telemetry", "    path: telemetry\n    SharedAccessKey=hunter2: x"),
            ("    subscriptions:", "    password: hunter2\n    subscriptions:"),
            ("    subscriptions:", "    keepAlive: ${KEY}\n    subscriptions:"),
            ("mqtt://broker.example.net", "mqtt://u:hunter2@h"),
            ("    path: telemetry", "    path: telemetry\n    connectionString: hunter2"),
            ("    path: telemetry", "    path: telemetry\n      secondaryConnectionString: 'hunter2: ["),
        ])
    func notInFaults(old: String, new: String) {
        let found = faults(plain(old, new), environment: ["KEY": "hunter2"])
        #expect(!found.isEmpty)
        for fault in found { #expect(!fault.contains("hunter2")) }
    }
}
