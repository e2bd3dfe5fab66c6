import Dispatch
import GRDB
import Logging
import Notifications
import Synchronization

/// Looking after the limits: the gate, and what leaves at the limits of those that do not block.
extension JournalWriter {
    func set(_ endpoints: [EndpointID: BacklogLimits], minimumFreeBytes: Int64?) {
        limits.withLock { limits in
            limits.endpoints = endpoints
            limits.minimumFreeBytes = minimumFreeBytes
            limits.available = nil
        }
        watch()
    }

    /// Looks again and again: events grow old, and the disk fills, with nobody appending.
    func scheduleWatch() {
        queue.asyncAfter(deadline: .now() + tuning.watchDelay) { [weak self] in
            guard let self, !isClosed else { return }
            watch()
            if clock.isOutdated(state.withLock { $0.clockAnchor }) { flushCursors() }
            scheduleWatch()
        }
    }

    /// After every commit.
    func watchIfLimited() {
        if !limits.withLock({ $0.isEmpty }) { watch() }
    }

    /// On the writer's queue.
    func watch() {
        let settings = limits.withLock { $0 }
        let now = clock.now
        var blocking: [GateState.Backlog] = []
        if !settings.endpoints.isEmpty {
            for ledger in registry.all {
                guard let limits = settings.endpoints[ledger.id] else { continue }
                if limits.whenFull == .block {
                    let (bytes, age) = standing(of: ledger, limits, at: now)
                    blocking.append(GateState.Backlog(id: ledger.id, limits: limits, bytes: bytes, age: age))
                } else {
                    enforce(limits, on: ledger, at: now)
                }
            }
        }
        let available = settings.minimumFreeBytes == nil ? nil : freeBytes(at: now)
        let changed = gate.update(blocking, available: available, floor: settings.minimumFreeBytes)
        if let changed { report(changed) }
    }

    /// Bytes that wait, and the age of the oldest where there is a limit on it.
    func standing(of ledger: EndpointLedger, _ limits: BacklogLimits, at now: Int64) -> (bytes: Int, age: Duration?) {
        let standing = ledger.standing
        guard let limit = limits.age, let oldest = standing.oldest else { return (standing.bytes, nil) }
        let age = age(of: oldest, at: now)
        // At the limit it is worth looking which event the oldest is: those of others may lie before.
        guard age * 10 >= limit * 9, passForeignRows(ledger) else { return (standing.bytes, age) }
        return (standing.bytes, ledger.standing.oldest.map { self.age(of: $0, at: now) })
    }

    /// Moves an endpoint that has nothing in its hands to the first row with an event of its own.
    /// Returns whether it moved.
    private func passForeignRows(_ ledger: EndpointLedger) -> Bool {
        var moved = false
        for _ in 0..<16 {
            guard let position = ledger.standing.unread else { return moved }
            let keys = try? store.direct("looking for the oldest event") { database in
                try Store.keys(from: position, limit: 512, database).filter { $0.endOffset > position }
            }
            guard let keys, let last = keys.last else { return moved }
            let own = keys.first { $0.endpoints.contains(ledger.slot) }
            ledger.skip(from: position, to: own?.firstOffset ?? last.endOffset)
            moved = true
            if own != nil { return true }
        }
        return moved
    }

    private func freeBytes(at now: Int64) -> Int64? {
        if let known = limits.withLock({ $0.available }), now - known.at < LimitSettings.freeSpaceInterval {
            return known.bytes
        }
        guard let free = tuning.freeBytes(store.folder) else { return nil }
        let bytes = free + reusableBytes()
        limits.withLock { $0.available = (bytes, now) }
        return bytes
    }

    /// Room inside the file, which the next events take first. Without it a backlog that has left
    /// would keep the gate closed on a small disk, for the file does not shrink to nothing.
    private func reusableBytes() -> Int64 {
        let pages = try? store.direct("looking for free pages") { try Store.pages($0) }
        return pages.map { Int64($0.free) * Int64($0.bytesEach) } ?? 0
    }

    private func report(_ reasons: [GateReason]) {
        if reasons.isEmpty {
            figures.logger.info("the journal takes events again")
        } else {
            figures.logger.warning("a limit stops the intake", metadata: [
                JournalLogKeys.reason: "\(reasons.map(\.description).joined(separator: "; "))"
            ])
        }
    }

    /// Says now and then that events leave.
    func reportLeaving(_ count: Int, of endpoint: EndpointID, _ policy: BacklogLimits.Policy, at now: Int64) {
        let isDue = limits.withLock { limits in
            if let last = limits.reported[endpoint], now - last < LimitSettings.reportInterval { return false }
            limits.reported[endpoint] = now
            return true
        }
        guard isDue else { return }
        figures.logger.warning("the limit of an endpoint makes events leave", metadata: [
            JournalLogKeys.endpoint: "\(endpoint)", JournalLogKeys.count: "\(count)",
            JournalLogKeys.policy: policy == .deadLetter ? "dead-letter" : "drop-oldest",
        ])
    }
}

extension Journal {
    /// Whether events may be taken in.
    public var gate: IntakeGate { writer.gate }

    /// Sets what may wait for each endpoint, and the free space that has to remain on the disk of
    /// the data folder, in bytes. An endpoint that is not listed has no limits. Not kept over a
    /// restart. Takes effect before it returns; not to be called from an append's completion.
    ///
    /// Where the policy is not to block, what leaves goes down to 63/64 of the limit on bytes, the
    /// oldest first. Never what was handed out to a reader since its last rewind.
    ///
    /// Throws ``JournalError/closed``.
    public func setLimits(
        _ limits: [EndpointID: BacklogLimits], minimumFreeBytes: Int64? = nil
    ) throws(JournalError) {
        try writer.runAlone { writer in
            writer.set(limits, minimumFreeBytes: minimumFreeBytes)
            return .success(())
        }
    }

    /// For tests: looks after the limits, now.
    func watchNow() {
        try? writer.runAlone { writer in
            writer.watch()
            return .success(())
        }
    }
}
