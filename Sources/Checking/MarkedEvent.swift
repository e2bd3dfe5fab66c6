import Azure
import Foundation
import Notifications

/// The one event that `--send` asks for. It goes the way of every event, and says what it is.
enum MarkedEvent {
    static let type = "twinroute.check"
    static let subject = "twinroute-check"

    static func notification(source: String, time: Date = Date()) -> Notifications.Notification {
        let id = UUID().uuidString.lowercased()
        return Notifications.Notification(
            id: id, source: source, type: type, subject: subject,
            time: ISO8601DateFormatter().string(from: time), dataContentType: "application/json",
            body: Array(#"{"check":"\#(id)","from":"twinroute check --connect --send"}"#.utf8)[...])
    }

    /// Sends it once, over a session of its own.
    static func send(_ event: Notifications.Notification, over connector: any EndpointConnector) async throws(EndpointFailure) {
        let (reports, input) = AsyncStream.makeStream(of: DeliveryReport.self)
        let session = try await connector.connect(
            onProgress: { _ in },
            onReports: { reports in
                for report in reports { input.yield(report) }
                return []
            })
        let ending = Task {
            _ = await session.ended()
            input.finish()
        }
        session.send([OutboundEvent(id: 1, notification: event)])
        var outcome: DeliveryReport.Outcome?
        for await report in reports {
            outcome = report.outcome
            break
        }
        ending.cancel()
        await session.close()
        switch outcome {
        case .accepted: return
        case .failed(let failure): throw failure
        case nil: throw EndpointFailure(kind: .transient, condition: "connection-lost", detail: "the session ended before an outcome came")
        }
    }

    /// The step.
    static func perform(_ run: inout StepRun, key: String, _ options: CheckOptions, over connector: any EndpointConnector) async {
        let event = notification(source: options.source)
        _ = await run.perform("send", key: key, rounds: 2) { () async throws(StepFailure) -> Found<Void> in
            do throws(EndpointFailure) {
                try await send(event, over: connector)
                return Found(value: (), detail: "event \(event.id) of type \(type) is accepted")
            } catch {
                throw StepFailure(error)
            }
        }
    }
}
