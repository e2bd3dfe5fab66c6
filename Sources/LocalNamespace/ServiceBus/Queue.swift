import AMQP
import AMQPCodec

/// A queue or subscription with the links that receive from it, its timer and its dead letters.
final class Queue {
    private(set) var state: MessageQueue
    private let alarm: Alarm
    private var receivers: [QueueReceiverLink] = []
    private var turn = 0
    private var lastReceiver = 0
    private var isServing = false
    /// A queue's own dead letters, and where they go.
    private var deadLetterQueue: Queue?
    private let redirectDeadLetters: ((QueuedMessage) -> Void)?
    /// Nil: in memory only.
    private let storage: ContentsStore?
    /// Why the file does not have all of it.
    private var unsaved: Refusal?

    init(
        path: String, settings: QueueSettings, alarm: Alarm, storage: ContentsStore? = nil,
        redirectDeadLetters: ((QueuedMessage) -> Void)? = nil
    ) {
        state = MessageQueue(path: path, settings: settings, notesChanges: storage != nil)
        self.alarm = alarm
        self.storage = storage
        self.redirectDeadLetters = redirectDeadLetters
    }

    var now: Milliseconds { alarm.now }
    var hasReceivers: Bool { !receivers.isEmpty }

    private var deadLetterPath: String { state.path + "/$DeadLetterQueue" }

    var deadLetters: Queue {
        if let deadLetterQueue { return deadLetterQueue }
        var settings = QueueSettings(byteLimit: state.settings.byteLimit)
        // Dead letters neither expire nor die again.
        settings.maxDeliveryCount = .max
        settings.lockDuration = state.settings.lockDuration
        settings.dropsOldest = true
        let queue = Queue(path: deadLetterPath, settings: settings, alarm: alarm.another(), storage: storage)
        deadLetterQueue = queue
        return queue
    }

    // MARK: Keeping

    /// Takes over what the file has of it, and of its dead letters.
    func restore() throws(ContentsError) {
        guard let storage else { return }
        try storage.restore(&state)
        if storage.hasQueue(deadLetterPath) { try deadLetters.restore() }
        change { _ in }
    }

    private func save() {
        do throws(Refusal) {
            try storage?.save(&state)
            unsaved = nil
        } catch {
            unsaved = error
        }
    }

    /// What is not on disk where it should be is not acknowledged.
    func checkSaved() throws(Refusal) {
        if let unsaved { throw unsaved }
    }

    // MARK: Changing

    /// Changes the state; then whoever waits is served, and the alarm is set anew.
    func change<Result>(_ body: (inout MessageQueue) -> Result) -> Result {
        let result = body(&state)
        afterwards()
        return result
    }

    private func afterwards() {
        while !state.deadLetters.isEmpty {
            let dead = state.deadLetters
            state.deadLetters = []
            for message in dead {
                if let redirectDeadLetters {
                    redirectDeadLetters(message)
                } else {
                    _ = deadLetters.change { $0.enqueue(message, at: alarm.now) }
                }
            }
        }
        // Nobody sees what a restart might take back; and what is sent for good is gone for good.
        save()
        serve()
        save()
        alarm.set(at: state.nextDeadline) { [weak self] in
            guard let self else { return }
            _ = change { $0.tick(at: self.alarm.now) }
        }
    }

    func enqueue(_ messages: [QueuedMessage]) -> [MessageQueue.Admission] {
        change { state in messages.map { state.enqueue($0, at: alarm.now) } }
    }

    /// For queues made on the fly, whose first receiver shows what they are.
    func setRequiresSession(_ requires: Bool) {
        guard state.settings.requiresSession != requires, receivers.isEmpty else { return }
        change { $0.setRequiresSession(requires) }
    }

    // MARK: Receivers

    func join(_ receiver: QueueReceiverLink) {
        receivers.append(receiver)
    }

    func leave(_ receiver: QueueReceiverLink) {
        receivers.removeAll { $0 === receiver }
    }

    func nextReceiverNumber() -> Int {
        lastReceiver += 1
        return lastReceiver
    }

    /// A few messages to each in turn, until nobody wants any or there are none.
    func serve() {
        guard !isServing else { return }
        isServing = true
        defer { isServing = false }
        var idle = 0
        while idle < receivers.count {
            turn = (turn + 1) % receivers.count
            let receiver = receivers[turn]
            let wanted = min(receiver.credit, 16)
            let taken = wanted > 0 ? receiver.take(wanted, from: &state, at: alarm.now) : 0
            idle = taken > 0 ? 0 : idle + 1
        }
    }

    func stop() {
        alarm.cancel()
        deadLetterQueue?.stop()
    }
}
