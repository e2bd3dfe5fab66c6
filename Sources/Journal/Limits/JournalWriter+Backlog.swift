extension JournalWriter {
    func backlog(of ledger: EndpointLedger) -> EndpointBacklog {
        let now = clock.now
        var (backlog, oldest) = ledger.backlog(at: now)
        backlog.oldestAge = oldest.map { age(of: $0, at: now) }
        return backlog
    }

    /// How long ago the event came, or somewhat more.
    func age(of offset: Int64, at now: Int64) -> Duration {
        .milliseconds(max(0, now - (arrivalTimes.time(of: offset) ?? now)))
    }
}
