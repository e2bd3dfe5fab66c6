import Azure
import Journal
import Logging

/// Moves events from the journal to one live session, until it ends or is given up.
final class SessionFeed: Sendable {
    /// How long the far side has to answer a farewell.
    static let closeLimit: Duration = .seconds(3)

    private let session: any EndpointSession
    private let window: DeliveryWindow
    private let reader: EndpointReader
    private let refusals: AsyncStream<Refusal>
    private let refusalsInput: AsyncStream<Refusal>.Continuation
    private let bury: @Sendable (Refusal) async -> Bool

    /// - Parameter bury: puts an event into the dead letters; tells whether it is there.
    init(
        _ session: any EndpointSession, window: DeliveryWindow, reader: EndpointReader,
        refusals: (AsyncStream<Refusal>, AsyncStream<Refusal>.Continuation),
        bury: @escaping @Sendable (Refusal) async -> Bool
    ) {
        self.session = session
        self.window = window
        self.reader = reader
        (self.refusals, refusalsInput) = refusals
        self.bury = bury
        window.setBounds(session.bounds)
    }

    /// Runs until the session ends, the journal fails, or the task is cancelled (`nil`). The
    /// session is closed when it returns, and every refusal is dealt with.
    func run() async -> EndpointFailure? {
        reader.rewind()
        return await withTaskGroup { group in
            group.addTask {
                for await refusal in self.refusals {
                    self.window.finished(refusal, isBuried: await self.bury(refusal))
                }
            }
            let failure = await self.feedUntilOver()
            await self.close()
            self.refusalsInput.finish()
            await group.waitForAll()
            // Nothing is under way any more: the journal's limits may take what they have to.
            reader.rewind()
            return failure
        }
    }

    private func feedUntilOver() async -> EndpointFailure? {
        await withTaskGroup(of: EndpointFailure?.self) { group in
            group.addTask {
                await self.session.ended()
                    ?? EndpointFailure(kind: .transient, condition: "closed", detail: "the far side closed the link")
            }
            group.addTask { await self.fill() }
            group.addTask { await self.sendReady() }
            let first = await group.next() ?? nil
            group.cancelAll()
            return Task.isCancelled ? nil : first
        }
    }

    /// Reads the journal as far as the window has room.
    private func fill() async -> EndpointFailure? {
        do {
            while true {
                let room = try await window.room()
                let events = try await reader.next(maximumEvents: room.events, maximumBytes: min(room.bytes, 1 << 20))
                try Task.checkCancellation()
                let ready = window.add(events)
                if !ready.isEmpty { session.send(ready) }
            }
        } catch is CancellationError {
            return nil
        } catch {
            return EndpointFailure(kind: .internalError, condition: "journal", detail: "\(error)")
        }
    }

    /// Sends what outcomes and pauses set free.
    private func sendReady() async -> EndpointFailure? {
        while let ready = try? await window.nextReady() { session.send(ready) }
        return nil
    }

    /// Goes on with another key on the same connection.
    ///
    /// - Returns: whether the session can do that.
    func adopt(_ connector: any EndpointConnector) async throws(EndpointFailure) -> Bool {
        try await session.adopt(connector)
    }

    /// In a task of its own, for this one may be cancelled, and a far side that does not answer
    /// must not hold the next session up.
    func close() async {
        let session = session
        await Task {
            await withTaskGroup { group in
                group.addTask { await session.close() }
                group.addTask { try? await Task.sleep(for: Self.closeLimit) }
                await group.next()
                group.cancelAll()
            }
        }.value
    }
}
