import ArgumentParser
import Azure
import Configuration
import Journal
import Routing

/// An error whose words are an answer: printed as they are, without a trace.
protocol ExpectedError: Error, CustomStringConvertible {}

extension ChildProcess.StartError: ExpectedError {}
extension ConnectionStringFaults: ExpectedError {}
extension EmbeddedBroker.StartError: ExpectedError {}
extension EndpointFailure: ExpectedError {}
extension JournalError: ExpectedError {}
extension RouteFaults: ExpectedError {}
extension LoopbackPort.TakenError: ExpectedError {}

/// Runs a command's work and turns the errors that it can end with into words and an exit code
/// (design.md 5.1).
func reportingExpectedErrors(_ work: () async throws -> Void) async throws {
    do {
        try await work()
    } catch let faults as ConfigurationFaults {
        StandardError.print("\(faults)")
        throw ExitCode.badConfiguration
    } catch let error as any ExpectedError {
        StandardError.print("twinroute: \(error)")
        throw ExitCode.failure
    }
}
