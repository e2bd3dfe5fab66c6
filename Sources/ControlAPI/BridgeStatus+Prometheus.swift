extension BridgeStatus {
    /// The same figures in the Prometheus text format, version 0.0.4.
    var prometheusText: String {
        var text = PrometheusText()
        text.family("twinroute_received_total", .counter, "Events read from a source.") { sample in
            for source in sources { sample(["source": source.name], source.received) }
        }
        text.family("twinroute_journalled_total", .counter, "Events of a source on disk and acknowledged.") { sample in
            for source in sources { sample(["source": source.name], source.journalled) }
        }
        text.family("twinroute_recognised_total", .counter, "Messages that a broker sent again though journalled.") { sample in
            for source in sources { sample(["source": source.name], source.recognised) }
        }
        text.family("twinroute_refused_total", .counter, "Bad events of a source.") { sample in
            for source in sources {
                for (reason, count) in source.refused.sorted(by: { $0.key < $1.key }) {
                    sample(["source": source.name, "reason": reason], count)
                }
            }
        }
        text.family("twinroute_filtered_total", .counter, "Events that no route wants.") { sample in
            for source in sources { sample(["source": source.name], source.filtered) }
        }
        text.family("twinroute_returned_total", .counter, "Good events not stored, left with their sender.") { sample in
            for source in sources { sample(["source": source.name], source.returned) }
        }
        text.family("twinroute_intake_open", .gauge, "0 while a limit stops the intake.") { $0([:], intake.open ? 1 : 0) }
        text.family("twinroute_intake_stopped", .gauge, "The limits that stop the intake.") { sample in
            for stop in intake.stoppedBy { sample(["limit": stop.limit, "endpoint": stop.endpoint ?? ""], 1) }
        }
        text.family("twinroute_journal_events", .gauge, "Events in the journal.") { $0([:], journal.eventsStored) }
        text.family("twinroute_journal_bytes", .gauge, "Size of the journal on disk.") { $0([:], Int(journal.bytesOnDisk)) }
        text.family("twinroute_journal_commits_total", .counter, "Commits synced.") { $0([:], journal.commits) }
        text.family("twinroute_journal_failed_commits_total", .counter, "Commits that failed.") {
            $0([:], journal.failedCommits)
        }
        text.family("twinroute_journal_damaged_events", .gauge, "Events that could not be read.") {
            $0([:], journal.damagedEvents)
        }
        text.family("twinroute_endpoint_connected", .gauge, "Whether the endpoint is connected.") { sample in
            for endpoint in endpoints { sample(["endpoint": endpoint.id], endpoint.connected ? 1 : 0) }
        }
        text.family("twinroute_delivered_total", .counter, "Events that the endpoint accepted.") { sample in
            for endpoint in endpoints { sample(["endpoint": endpoint.id], endpoint.delivered) }
        }
        text.family("twinroute_dead_lettered_total", .counter, "Events that the endpoint refused for good.") { sample in
            for endpoint in endpoints { sample(["endpoint": endpoint.id], endpoint.deadLettered) }
        }
        text.family("twinroute_resent_total", .counter, "Events not taken when sent, and sent again.") { sample in
            for endpoint in endpoints { sample(["endpoint": endpoint.id], endpoint.returned) }
        }
        text.family(
            "twinroute_endpoint_events", .gauge, "What became of the events since the endpoint was first configured."
        ) { sample in
            for endpoint in endpoints {
                let books = endpoint.books
                for (outcome, count) in [
                    ("delivered", books.delivered), ("dead-lettered", books.deadLettered), ("filtered", books.filtered),
                    ("expired", books.expired), ("dropped", books.dropped), ("waiting", books.waiting),
                ] { sample(["endpoint": endpoint.id, "outcome": outcome], count) }
            }
        }
        text.family("twinroute_endpoint_received_events", .gauge, "Events that came in since the endpoint was first configured.") {
            for endpoint in endpoints { $0(["endpoint": endpoint.id], endpoint.books.received) }
        }
        text.family("twinroute_unaccounted_events", .gauge, "Received but nowhere in the books: 0 or an alarm.") { sample in
            for endpoint in endpoints { sample(["endpoint": endpoint.id], endpoint.books.unaccounted) }
        }
        text.family("twinroute_waiting_bytes", .gauge, "Bytes that wait for the endpoint.") { sample in
            for endpoint in endpoints { sample(["endpoint": endpoint.id], endpoint.backlog.bytes) }
        }
        text.family("twinroute_dead_letters", .gauge, "Dead letters on disk.") { $0([:], journal.deadLetters) }
        text.family("twinroute_dead_letters_evicted_total", .counter, "Dead letters that newer ones pushed out.") {
            $0([:], journal.deadLettersEvicted)
        }
        text.family("twinroute_waiting", .gauge, "Events that the endpoint still has to get.") { sample in
            for endpoint in endpoints { sample(["endpoint": endpoint.id], endpoint.waiting) }
        }
        return text.text
    }
}

/// Writes the Prometheus text format.
struct PrometheusText {
    enum Kind: String {
        case counter, gauge
    }

    typealias Sample = (_ labels: KeyValuePairs<String, String>, _ value: Int) -> Void

    private(set) var text = ""

    mutating func family(_ name: String, _ kind: Kind, _ help: String, _ write: (Sample) -> Void) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        var lines = ""
        write { labels, value in
            let shown = labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
            lines += shown.isEmpty ? "\(name) \(value)\n" : "\(name){\(shown)} \(value)\n"
        }
        text += lines
    }

    /// Label values escape backslash, quotation mark and line feed.
    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value {
            switch character {
            case "\\": escaped += #"\\"#
            case "\"": escaped += #"\""#
            case "\n": escaped += #"\n"#
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
