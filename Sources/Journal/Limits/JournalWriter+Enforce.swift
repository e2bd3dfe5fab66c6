import Dispatch
import GRDB
import Logging
import Notifications
import Synchronization

extension JournalWriter {
    /// Goes in a row, so that the appends are not kept waiting for long.
    private static let rounds = 32

    /// Makes events leave until the endpoint is within its limits, or nothing more may leave.
    func enforce(_ limits: BacklogLimits, on ledger: EndpointLedger, at now: Int64) {
        var total = 0
        var isMore = true
        for _ in 0..<Self.rounds where isMore {
            let (bytes, age) = standing(of: ledger, limits, at: now)
            let isTooOld = age.flatMap { age in limits.age.map { age >= $0 } } ?? false
            guard bytes > limits.bytes || isTooOld, let held = ledger.hold() else {
                isMore = false
                break
            }
            let goal = LeavingChoice.Goal(held, limits, slot: ledger.slot, at: now)
            do throws(JournalError) {
                let choice = try choose(goal, ledger)
                total += try leave(choice, goal, ledger)
                isMore = !choice.isLast
            } catch {
                isMore = false
                figures.logger.warning("events above a limit could not leave; trying again later", metadata: [
                    JournalLogKeys.endpoint: "\(ledger.id)", JournalLogKeys.reason: "\(error)",
                ])
            }
        }
        if isMore { queue.async { [weak self] in self?.watchUnlessClosed() } }
        guard total > 0 else { return }
        reportLeaving(total, of: ledger.id, limits.whenFull, at: now)
        cursorsMoved()
    }

    private func watchUnlessClosed() {
        if !isClosed { watch() }
    }

    /// Reads the oldest events that are in nobody's hands. Ends the hold if it fails.
    private func choose(_ goal: LeavingChoice.Goal, _ ledger: EndpointLedger) throws(JournalError) -> LeavingChoice {
        do throws(JournalError) {
            return try store.direct("reading events above a limit") { database in
                var choice = LeavingChoice(end: goal.from)
                let keys = try Store.keys(from: goal.from, limit: LeavingChoice.maximumRows, database)
                for key in keys where key.endOffset > goal.from && key.firstOffset < goal.end {
                    if choice.isFull(goal) { return choice }
                    do {
                        if key.endpoints.contains(goal.slot),
                            let row = try Store.row(at: key.firstOffset, withBodies: goal.withBodies, database) {
                            let arrival = row.arrivedAtMilliseconds == 0
                                ? arrivalTimes.time(of: row.firstOffset) ?? goal.now : row.arrivedAtMilliseconds
                            try choice.add(row, arrivedAt: arrival, goal)
                        }
                    } catch let error as RowFault {
                        choice.isDamaged = true
                        figures.damagedRow(at: key.firstOffset, count: key.count, reason: "\(error)")
                    } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                        choice.isDamaged = true
                        figures.damagedRow(at: key.firstOffset, count: key.count, reason: error.message ?? "corrupt")
                    }
                    if choice.isLast { return choice }
                    choice.end = key.endOffset
                }
                if keys.count < LeavingChoice.maximumRows || choice.end >= goal.end {
                    choice.end = goal.end
                    choice.isLast = true
                }
                return choice
            }
        } catch {
            ledger.letGo(pardoning: [])
            throw error
        }
    }

    /// Ends the hold. Returns how many left.
    private func leave(
        _ choice: LeavingChoice, _ goal: LeavingChoice.Goal, _ ledger: EndpointLedger
    ) throws(JournalError) -> Int {
        guard choice.end > goal.from else {
            ledger.letGo(pardoning: [])
            return 0
        }
        let free = Set(ledger.condemnHeld(choice.events.map(\.offset)))
        let leaving = choice.events.filter { free.contains($0.offset) }
        if goal.withBodies, !leaving.isEmpty {
            do throws(JournalError) {
                try deadLetter(choice.letters.filter { free.contains($0.event.offset.rawValue) }, of: ledger)
            } catch {
                ledger.letGo(pardoning: leaving.map(\.offset))
                throw error
            }
        }
        ledger.discard(leaving, upTo: choice.end, damaged: choice.isDamaged)
        return leaving.count
    }

    private func deadLetter(
        _ events: [(event: JournalEvent, reason: DeadLetterReason)], of ledger: EndpointLedger
    ) throws(JournalError) {
        let time = tuning.wallClockMilliseconds()
        var letters: [NewDeadLetter] = []
        for (event, reason) in events {
            letters.append(try NewDeadLetter(event, endpoint: ledger.id, reason: reason, recordedAtMilliseconds: time))
        }
        let written = letters
        try state.withLock { state throws(JournalError) in
            let (present, limits) = (state.letters, state.letterLimits)
            let evicted = try store.transaction("writing dead letters") { database in
                try Store.insertDeadLetters(written, present: present, limits: limits, database)
            }
            note(written, evicted: evicted, &state)
        }
    }
}
