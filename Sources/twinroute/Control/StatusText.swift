/// Writes a bridge's status for people.
struct StatusText {
    let style: TerminalStyle

    func lines(of status: StatusAnswer) -> [String] {
        var lines = [style("twinroute \(status.version)", .bold)]
        if status.intake.open {
            lines.append("reading   " + style("yes", .green))
        } else {
            lines += status.intake.stoppedBy.map { "reading   " + style("stopped: \($0.message.escapedForTerminal)", .red) }
        }
        let store = status.journal
        lines.append(
            "journal   \(store.eventsStored) events, \(Self.size(Int(store.bytesOnDisk))); \(store.deadLetters) dead letters")
        if store.damagedEvents > 0 { lines.append("          " + style("\(store.damagedEvents) events could not be read", .red)) }
        for file in store.setAside { lines.append("          " + style("set aside as damaged: \(file.escapedForTerminal)", .red)) }
        lines.append("")
        lines += TextTable(
            ["source", "received", "stored", "seen again", "unwanted", "refused", "returned"],
            rows: status.sources.map { source in
                let counts = [source.received, source.journalled, source.recognised, source.filtered]
                return [source.name] + (counts + [source.refused.values.reduce(0, +), source.returned]).map { "\($0)" }
            }
        ).lines(style)
        for endpoint in status.endpoints { lines += [""] + self.lines(of: endpoint) }
        return lines
    }

    func lines(of endpoint: StatusAnswer.Endpoint) -> [String] {
        let isWell = ["sending", "idle"].contains(endpoint.state)
        var state = style(endpoint.state, isWell ? .green : .yellow) + " for \(Self.time(endpoint.stateSeconds))"
        if let wait = endpoint.waitSeconds { state += ", next try in \(Self.time(wait))" }
        var lines = [style(endpoint.id.escapedForTerminal, .bold) + "  " + state]
        if let failure = endpoint.lastFailure { lines.append("  last failure  \(failure.escapedForTerminal.cut(to: 160))") }
        let keys = endpoint.keys.map { key in
            "\(key.name) \(key.health)" + (key.condition.map { " (\($0))" } ?? "") + (key.name == endpoint.keyInUse ? ", in use" : "")
        }
        lines.append("  keys          " + keys.joined(separator: "; ").escapedForTerminal)
        lines.append("  waiting       " + backlog(of: endpoint))
        let books = endpoint.books
        lines.append(
            "  books         \(books.received) received = \(books.delivered) delivered + \(books.deadLettered) dead-lettered"
                + " + \(books.filtered) filtered + \(books.expired) expired + \(books.dropped) dropped + \(books.waiting) waiting")
        if books.unaccounted != 0 {
            lines.append("                " + style("\(books.unaccounted) unaccounted for: please report this", .red))
        }
        return lines
    }

    private func backlog(of endpoint: StatusAnswer.Endpoint) -> String {
        let backlog = endpoint.backlog
        var text = "\(endpoint.books.waiting) events, \(Self.size(backlog.bytes))"
        if let limit = backlog.limitBytes { text += " of \(Self.size(limit))" }
        if let oldest = backlog.oldestSeconds { text += ", the oldest for \(Self.time(oldest))" }
        if let full = backlog.secondsUntilFull { text += full == 0 ? ", full" : ", full in \(Self.time(full))" }
        if let drained = backlog.secondsUntilDrained, drained > 0 { text += ", drained in \(Self.time(drained))" }
        return text
    }

    static func size(_ bytes: Int) -> String {
        let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        guard let (name, unit) = units.first(where: { bytes >= $0.1 }) else { return "\(bytes) B" }
        let tenths = (bytes * 10 + unit / 2) / unit
        return "\(tenths / 10).\(tenths % 10) \(name)"
    }

    /// Two units at most: an operator wants to know whether it is seconds or days.
    static func time(_ seconds: Double) -> String {
        guard seconds < 1e12 else { return "ages" }
        let whole = Int(seconds.rounded())
        for (name, unit, next, nextUnit) in [("d", 86_400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)] where whole >= unit {
            let rest = whole % unit / nextUnit
            return "\(whole / unit) \(name)" + (rest > 0 ? " \(rest) \(next)" : "")
        }
        return "\(whole) s"
    }
}
