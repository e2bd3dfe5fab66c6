import ArgumentParser
import Azure
import HTTPServing
import Journal
import Routing
import Settings

/// An error whose words are an answer: printed as they are, without a trace.
protocol ExpectedError: Error, CustomStringConvertible {}

extension ChildProcess.StartError: ExpectedError {}
extension ConnectionStringFaults: ExpectedError {}
extension EmbeddedBroker.StartError: ExpectedError {}
extension EndpointFailure: ExpectedError {}
extension HTTPServerError: ExpectedError {}
extension JournalError: ExpectedError {}
extension RouteFaults: ExpectedError {}
extension LoopbackPort.TakenError: ExpectedError {}

/// Runs a command's work and turns the errors that it can end with into words and an exit code
/// (design.md 5.1).
func reportingExpectedErrors(_ work: () async throws -> Void) async throws {
    do {
        try await work()
    } catch {
        throw reported(error)
    }
}

func reportingExpectedErrors(_ work: () throws -> Void) throws {
    do {
        try work()
    } catch {
        throw reported(error)
    }
}

private func reported(_ error: any Error) -> any Error {
    switch error {
    case let faults as ConfigurationFaults:
        StandardError.print("\(faults)")
        return ExitCode.badConfiguration
    case let error as any ExpectedError:
        StandardError.print("twinroute: \(error)")
        return ExitCode.failure
    default:
        return error
    }
}
