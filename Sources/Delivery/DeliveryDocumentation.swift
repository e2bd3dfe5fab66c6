import Azure

/// `docs/delivery.md`, made from the tables that delivery goes by.
public enum DeliveryDocumentation {
    public static func markdown() -> String {
        (introduction + order + batches + wire + kinds + failures + states + transitions + illegal).joined(separator: "\n") + "\n"
    }

    private static let introduction = [
        "# Delivery",
        "",
        "<!-- Made from the tables in Sources/Delivery and Sources/Azure by `make docs`; a test keeps it current. -->",
        "",
        "How events leave for an endpoint, what each failure means, and what is done then.",
        "",
    ]

    private static let order = [
        "## Order and repetition",
        "",
        "Of each subject one delivery is under way at a time; an outcome lets the next one go. So an event that comes",
        "back is sent again before later ones of its subject, and the endpoint accepts no event late. Other subjects go",
        "on meanwhile. An event without a subject is in order with those of its source. After a lost session everything",
        "without an outcome is sent again, so some events may come twice, with the same `source` and `id`.",
        "",
        "A delivery of several events that is refused for good is halved until the guilty event is alone; that one goes to",
        "the dead letters, the others through, in order.",
        "",
    ]

    private static let batches = [
        "## Batches",
        "",
        "Event Hubs and Service Bus get many events in one transfer (message-format `0x80013700`): an envelope with one data",
        "section an event, each a whole message. Readers get them one by one. Another AMQP 1.0 peer (`amqp[s]://…`) gets a",
        "message an event; `batch.events: 1` does so everywhere.",
        "",
        "An envelope goes to one partition, so events of an event hub are packed by partition: the partition of each key is",
        "found here, with the hash of the service, as Microsoft's buffered producers do, and the batch goes to",
        "`HUB/Partitions/N`. Each event keeps its key; the envelope has none, for a partition takes no other. Packing by key",
        "was the other way: with a thousand devices it leaves a handful of events in a transfer where packing by partition has",
        "a hundred and more. It is what is done where `$management` does not tell the partitions, where there are more than 200,",
        "and for Service Bus, whose sessions and partitioned entities want one key a batch: with `partitionBy: none` Service Bus",
        "gets full batches too. How many partitions there are is asked anew with each session.",
        "",
        "A batch is sent when it is full, and at once when fewer than two are under way to the same place: it grows with the",
        "load, and nothing waits on a quiet link. `batch.linger` makes it wait for more. Its bytes are counted as they go on the",
        "wire, against `batch.bytes` and the link's max-message-size. An event that is above the latter alone is a dead letter,",
        "`amqp:link:message-size-exceeded`, and was not sent.",
        "",
        "A batch that is refused for good is halved until the delivery that spoils it is alone; no event of another subject",
        "goes with it, and no later one of any subject in it is sent meanwhile. What is returned, throttled or timed out comes",
        "back for every subject in the batch.",
        "",
        "With `connections: N` deliveries are dealt out to N connections. Order stays as it is, for a subject has one delivery",
        "under way; a batch finds less company, so it is for a far side that is far away, not for a busy machine. The",
        "connections are one session: when one ends, all do, and all begin again.",
        "",
    ]

    private static var kinds: [String] {
        [
            "## Kinds of failure", "", "Every decision about another try rests on the kind alone.", "",
            "| kind | an event that came back with it | a session that could not be made, or ended, with it | wait, doubling | at most |",
            "|---|---|---|---|---|",
        ]
            + FailureKind.allCases.map { kind in
                let rule = BackOffRule.ofSession(kind)
                let floor = rule.floor > .zero ? "\(rule.floor.text) and " : ""
                return "| \(kind) | \(onEvent(kind)) | \(onSession(kind)) | \(floor)up to \(rule.base.text) | \(rule.cap.text) |"
            }
            + [
                "",
                "Waits are random between nothing and the limit that doubles with each failure in a row. What the far side asks",
                "for (`Please wait 4 seconds`, `Retry-After`) is honoured, with up to a tenth on top, and never more than",
                "\(BackOffRule.longest.text). An event that came back waits up to \(BackOffRule.ofDelivery.base.text), doubling, at most \(BackOffRule.ofDelivery.cap.text). New connection strings, and a",
                "reload, end a wait at once.",
                "",
            ]
    }

    private static func onEvent(_ kind: FailureKind) -> String {
        if kind.isFinalForEvent { return "dead letter" }
        if kind.endsSession { return "the session ends" }
        return kind == .throttled ? "nothing is sent for a while, then it again" : "sent again after a pause"
    }

    private static func onSession(_ kind: FailureKind) -> String {
        kind == .unauthorized ? "the other key at once; both refused: wait" : "wait, then again"
    }

    private static var failures: [String] {
        ["## What is which kind", ""]
            + FailureTable.Source.allCases.flatMap { source in
                ["| \(source.rawValue) | kind | |", "|---|---|---|"]
                    + FailureTable.rows.filter { $0.source == source }.map { "| `\($0.word)` | \($0.kind) | \($0.meaning) |" }
                    + [""]
            }
            + [
                "An unknown condition is refused for good in a rejection and transient when a link, session or connection ends.",
                "An unknown HTTP status is refused for good from 400 to 499, else transient.",
                "",
            ]
    }

    private static var states: [String] {
        [
            "## Life cycle of an endpoint", "",
            "States: " + EndpointState.allCases.map { "*\($0)*" }.joined(separator: ", ") + ".", "",
            "| state | command | next | actions |", "|---|---|---|---|",
        ]
    }

    private static var transitions: [String] {
        LifeCycleTable.transitions.map { row in
            let next = if case .state(let state) = row.next { "\(state)" } else { "what the drain is for" }
            let actions = row.actions.isEmpty ? "" : row.actions.map(\.rawValue).joined(separator: ", ")
            return "| \(row.state) | \(row.command) | \(next) | \(actions) |"
        } + [
            "",
            "A drain is for new keys (then *connecting*), for disabling (*disabled*) or for the end (*idle*); the later in this",
            "list counts more.",
            "",
        ]
    }

    private static var illegal: [String] {
        ["Pairs that cannot be:", "", "| state | command | for |", "|---|---|---|"]
            + LifeCycleTable.illegal.map { "| \($0.state) | \($0.command) | \($0.reason.rawValue) |" }
    }
}

extension Duration {
    /// Of whole milliseconds, for people.
    fileprivate var text: String {
        let (seconds, attoseconds) = components
        if attoseconds > 0 { return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000) ms" }
        return seconds >= 120 && seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds) s"
    }
}
