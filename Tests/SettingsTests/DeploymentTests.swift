import Foundation
import Routing
import Settings
import Testing

@Suite("The configuration that docker-compose.yml mounts")
struct DeploymentTests {
    @Test("has no faults")
    func loads() throws {
        let file = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "deploy/twinroute/twinroute.yaml")
        let environment = ["RABBITMQ_URL": "amqp://twinroute:twinroute@rabbitmq:5672"]
        let read = try ConfigurationLoader(environment: environment).load(file.path).configuration
        #expect(read.brokers.count == 1)
        #expect(read.routes.map(\.endpoint) == read.endpoints.map(\.id))
    }
}
