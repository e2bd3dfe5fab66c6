import AMQP
import AMQPCodec
import ArgumentParser
import Azure
import Foundation
import Logging
import NIOPosix
import Notifications
import Routing
import Settings

struct TailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Prints events of an event hub, queue or topic as they arrive.",
        discussion: """
            What the local namespace still holds is shown first; a Service Bus queue is only looked at: \
            its messages are released again.

            Examples:
              twinroute tail telemetry
              twinroute tail telemetry --new --json
              twinroute tail telemetry --partition 2
              twinroute tail hot --config bridge.yaml --count 10
              twinroute tail 'Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=k;SharedAccessKey=v;EntityPath=telemetry;UseDevelopmentEmulator=true'
            """)

    @Argument(help: "An endpoint of the configuration, or a connection string with EntityPath.")
    var endpoint: String

    @Option(name: .shortAndLong, help: "YAML configuration that declares the endpoint. Without it: embedded defaults.")
    var config: String?

    @Option(help: "Port of the local namespace; without --config only. Default: 5672.")
    var amqpPort: Int?

    @Option(help: "Stop after so many events.")
    var count: Int?

    @Option(help: "One partition of an event hub. Real event hubs can only be read by partition.")
    var partition: Int?

    @Option(help: "Consumer group to read a partition with.")
    var consumerGroup = "$Default"

    @Flag(help: "Only events that arrive from now on.")
    var new = false

    @Flag(help: "One line of JSON an event.")
    var json = false

    func validate() throws {
        if let partition, partition < 0 { throw ValidationError("--partition must be 0 or more") }
        if let count, count < 1 { throw ValidationError("--count must be 1 or more") }
    }

    func run() async throws {
        try await reportingExpectedErrors {
            let definition = try endpointDefinition()
            let target = try EndpointConnectors.target(of: definition)
            try await untilInterrupted { try await print(from: target) }
        }
    }

    private func endpointDefinition() throws -> EndpointDefinition {
        if endpoint.contains("=") || endpoint.contains("://") {
            return EndpointDefinition(id: "tail", type: .eventHub, connectionString: Secret(endpoint))
        }
        let configuration: BridgeConfiguration
        if let config {
            configuration = try ConfigurationLoader().load(config).configuration
        } else {
            var defaults = EmbeddedDefaults()
            if let amqpPort { defaults.amqpPort = amqpPort }
            configuration = defaults.configuration
        }
        guard let definition = configuration.endpoints.first(where: { $0.id.rawValue == endpoint }) else {
            throw UnknownEndpoint(name: endpoint, known: configuration.endpoints.map(\.id.rawValue))
        }
        return definition
    }

    private func print(from target: EndpointConnectors.Target) async throws {
        let signedIn = try await SignedInConnection.open(
            target.connection, signIn: target.signIn, on: MultiThreadedEventLoopGroup.singleton, logger: .quiet)
        let connection = signedIn.connection
        do throws(AMQPError) {
            let address = partition.map { "\(target.address)/ConsumerGroups/\(consumerGroup)/Partitions/\($0)" }
            let receiver = try await connection.openReceiver(from: address ?? target.address, options: receiverOptions)
            // The receiver's sequence ends with its link.
            await withTaskCancellationHandler {
                await show(receiver)
            } onCancel: {
                Task { await signedIn.close() }
            }
            if let error = await receiver.ended { throw error }
            await signedIn.close()
        } catch {
            throw EndpointFailure(error)
        }
    }

    private var receiverOptions: ReceiverOptions {
        var options = ReceiverOptions(credit: 300)
        if new {
            // Reference 4.12.
            let filter: AMQPValue = .symbol("apache.org:selector-filter:string")
            options.filters = [
                filter: .described(descriptor: filter, value: "amqp.annotation.x-opt-offset > '@latest'")
            ]
        }
        return options
    }

    private func show(_ receiver: Receiver) async {
        var shown = 0
        do {
            for try await batch in receiver.messages {
                for delivery in batch {
                    Swift.print(text(of: delivery))
                    shown += 1
                    if shown == count {
                        receiver.settle(batch, as: .released)
                        await receiver.detach()
                        return
                    }
                }
                fflush(nil)
                receiver.settle(batch, as: .released)
            }
        } catch {
            // The link's end has the same error and is looked at there.
        }
    }

    private func text(of delivery: IncomingDelivery) -> String {
        do {
            let event = ReceivedEvent(try AMQPMessage(parsing: delivery.bytes))
            return json ? EventJSON().text(of: event) : EventText().text(of: event)
        } catch {
            return json
                ? #"{"error":"the message cannot be read"}"#
                : "── message of \(delivery.bytes.count) bytes that cannot be read: \(error)"
        }
    }

    struct UnknownEndpoint: ExpectedError {
        let name: String
        let known: [String]

        var description: String {
            let remedy = Spelling.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
                ?? "known: \(known.joined(separator: ", "))"
            return "no endpoint is named '\(name)'; \(remedy)"
        }
    }
}
