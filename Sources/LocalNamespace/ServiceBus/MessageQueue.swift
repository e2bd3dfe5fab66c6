import AMQPCodec

/// A queue's or subscription's messages, their locks and its sessions. No clock, no links: it is
/// told the time, and says what came of each call.
struct MessageQueue {
    /// A message for a receiver.
    struct Taken {
        var message: QueuedMessage
        /// Nil: it is gone from the queue.
        var lock: (token: AMQPUUID, until: Milliseconds)?
    }

    enum Admission: Equatable {
        case enqueued(sequence: Int64)
        case duplicate
        case full
        case needsSession
    }

    enum Deadline: Sendable {
        case lock(AMQPUUID)
        case session(String)
        case scheduled(Int64)
        case expiry(Int64)
    }

    struct Statistics: Sendable, Hashable {
        var expired = 0
        var dropped = 0
        var duplicates = 0
        var deadLettered = 0
    }

    let path: String
    var settings: QueueSettings
    private(set) var messages: MessageTable
    private(set) var bytes = 0
    private(set) var statistics = Statistics()
    /// What the owner takes to the dead-letter queue.
    var deadLetters: [QueuedMessage] = []
    var locks = LockTable()
    var sessions: SessionTable
    var deadlines = DeadlineHeap<Deadline>()
    /// All of them, in order.
    private var order = SequenceSet()
    /// What may be delivered, where sessions play no part.
    private var available = SequenceSet()
    private var duplicates: DuplicateWindow?
    private(set) var lastSequence: Int64 = 0
    /// Whether the queue itself changed, beside its messages and sessions.
    private var isChanged = true

    /// - Parameter notesChanges: for a file.
    init(path: String, settings: QueueSettings, notesChanges: Bool = false) {
        messages = MessageTable(notesChanges: notesChanges)
        sessions = SessionTable(notesChanges: notesChanges)
        self.path = path
        self.settings = settings
        duplicates = settings.duplicateWindow.map { DuplicateWindow(length: $0) }
    }

    var count: Int { messages.count }
    var availableCount: Int { available.count }
    var nextDeadline: Milliseconds? { deadlines.next }

    // MARK: In

    mutating func enqueue(_ new: QueuedMessage, at now: Milliseconds) -> Admission {
        if settings.requiresSession, new.sessionID == nil, !settings.dropsOldest { return .needsSession }
        if let id = new.messageID, duplicates?.admit(id, at: now) == false {
            statistics.duplicates += 1
            return .duplicate
        }
        guard makeRoom(for: new.cost) else { return .full }
        lastSequence += 1
        var message = new
        message.sequence = lastSequence
        if let time = new.scheduledAt, time > now {
            message.state = .scheduled(at: time)
            message.enqueuedAt = time
            deadlines.insert(.scheduled(lastSequence), at: time)
        } else {
            activate(&message, at: now)
        }
        messages[lastSequence] = message
        order.insert(lastSequence)
        bytes += message.cost
        if message.state == .active { makeAvailable(message) }
        return .enqueued(sequence: lastSequence)
    }

    private mutating func activate(_ message: inout QueuedMessage, at now: Milliseconds) {
        message.state = .active
        message.enqueuedAt = now
        if let life = [message.timeToLive, settings.defaultTimeToLive].compactMap(\.self).min() {
            let end = now.addingReportingOverflow(life)
            message.expiresAt = end.overflow ? nil : end.partialValue
        }
        if let end = message.expiresAt { deadlines.insert(.expiry(message.sequence), at: end) }
    }

    private mutating func makeRoom(for cost: Int) -> Bool {
        guard settings.dropsOldest else { return bytes + cost <= settings.byteLimit }
        while bytes + cost > settings.byteLimit, let oldest = order.first {
            statistics.dropped += 1
            remove(oldest)
        }
        return true
    }

    /// Lets the oldest go until no more than so many bytes are left.
    mutating func shrink(to limit: Int) {
        while bytes > limit, let oldest = order.first {
            statistics.dropped += 1
            remove(oldest)
        }
    }

    private mutating func makeAvailable(_ message: QueuedMessage) {
        if settings.requiresSession, let id = message.sessionID {
            sessions.add(message.sequence, to: id)
        } else {
            available.insert(message.sequence)
        }
    }

    private mutating func withdraw(_ message: QueuedMessage) {
        if settings.requiresSession, let id = message.sessionID {
            sessions.remove(message.sequence, from: id)
        } else {
            available.remove(message.sequence)
        }
    }

    /// Takes a message out of everything; its lock, if any, is void.
    @discardableResult
    private mutating func remove(_ sequence: Int64) -> QueuedMessage? {
        guard let message = messages.removeValue(forKey: sequence) else { return nil }
        order.remove(sequence)
        bytes -= message.cost
        switch message.state {
        case .locked(let token): locks.remove(token)
        case .active: withdraw(message)
        case .deferred, .scheduled: break
        }
        return message
    }

    // MARK: Out

    /// - Parameters:
    ///   - session: the receiver's session, which it holds.
    ///   - newToken: nil: the messages are gone from the queue at once.
    mutating func take(
        _ count: Int, session: String?, at now: Milliseconds, newToken: (() -> AMQPUUID)?
    ) -> [Taken] {
        var taken: [Taken] = []
        if let session, sessions.holder(of: session, at: now) == nil { return [] }
        while taken.count < count, let sequence = session.map({ sessions.popFirst(of: $0) }) ?? available.popFirst() {
            guard let message = messages[sequence] else { continue }
            if let end = message.expiresAt, end <= now {
                expire(message)
            } else if let newToken {
                taken.append(lock(message, session: session, token: newToken(), at: now))
            } else {
                // It is in no list any more but in the order.
                messages[sequence]?.state = .deferred
                remove(sequence)
                taken.append(Taken(message: message, lock: nil))
            }
        }
        return taken
    }

    mutating func lock(_ message: QueuedMessage, session: String?, token: AMQPUUID, at now: Milliseconds) -> Taken {
        let until = session.flatMap { sessions.lockedUntil($0) } ?? now + settings.lockDuration
        locks.insert(token, sequence: message.sequence, until: until, session: session)
        messages[message.sequence]?.state = .locked(token)
        // A session's messages are locked for as long as the session is.
        if session == nil { deadlines.insert(.lock(token), at: until) }
        pruneDeadlines()
        return Taken(message: message, lock: (token, until))
    }

    mutating func pruneDeadlines() {
        guard deadlines.count > 2 * messages.count + sessions.count + 1024 else { return }
        let (locks, messages) = (locks, messages)
        deadlines.prune { deadline in
            switch deadline {
            case .lock(let token): locks[token] != nil
            case .scheduled(let sequence), .expiry(let sequence): messages[sequence] != nil
            case .session: true
            }
        }
    }

    private mutating func expire(_ message: QueuedMessage) {
        statistics.expired += 1
        let reason = settings.deadLettersExpired ? "TTLExpiredException" : nil
        removeDead(message.sequence, reason: reason, description: "The message expired and was dead lettered.")
    }

    /// - Parameter reason: nil: it is dropped.
    private mutating func removeDead(_ sequence: Int64, reason: String?, description: String?) {
        // It may stand in a list of available messages or not; taking it out twice does no harm.
        guard var message = remove(sequence), let reason else { return }
        message.markDead(reason: reason, description: description, source: path)
        statistics.deadLettered += 1
        deadLetters.append(message)
    }

    // MARK: Settling

    enum Disposition: Sendable, Equatable {
        case complete
        case abandon(countsDelivery: Bool)
        case deferred
        case deadLetter(reason: String, description: String?)
    }

    enum SettlementResult: Equatable {
        case done
        case messageLockLost
        case sessionLockLost
    }

    mutating func settle(_ token: AMQPUUID, as disposition: Disposition, at now: Milliseconds) -> SettlementResult {
        guard let lock = locks[token], messages[lock.sequence] != nil else { return .messageLockLost }
        if let session = lock.session, sessions.holder(of: session, at: now) == nil { return .sessionLockLost }
        if lock.session == nil, lock.until <= now { return .messageLockLost }
        switch disposition {
        case .complete: remove(lock.sequence)
        case .abandon(let counts): giveBack(token, countsDelivery: counts)
        case .deferred:
            locks.remove(token)
            messages[lock.sequence]?.state = .deferred
        case .deadLetter(let reason, let description):
            removeDead(lock.sequence, reason: reason, description: description)
        }
        return .done
    }

    /// A lock ends without a decision: the message can be had again, or has been too often.
    mutating func giveBack(_ token: AMQPUUID, countsDelivery: Bool) {
        guard let lock = locks.remove(token), var message = messages[lock.sequence] else { return }
        message.state = .active
        if countsDelivery { message.deliveryCount += 1 }
        messages[lock.sequence] = message
        makeAvailable(message)
        if message.deliveryCount >= settings.maxDeliveryCount {
            removeDead(
                lock.sequence, reason: "MaxDeliveryCountExceeded",
                description: "Message could not be consumed after \(message.deliveryCount) delivery attempts.")
        }
    }

    // MARK: By sequence number

    /// Messages in any state, from `sequence` on.
    func peek(from sequence: Int64, count: Int, session: String?, at now: Milliseconds) -> [QueuedMessage] {
        var found: [QueuedMessage] = []
        for number in order.from(sequence) {
            guard found.count < count else { break }
            guard let message = messages[number], session == nil || message.sessionID == session else { continue }
            if let end = message.expiresAt, end <= now { continue }
            found.append(message)
        }
        return found
    }

    /// True where there was such a message, and it was still scheduled.
    mutating func cancelScheduled(_ sequence: Int64) -> Bool {
        guard case .scheduled? = messages[sequence]?.state else { return false }
        remove(sequence)
        return true
    }

    /// Nil where a number is not that of a deferred message.
    mutating func takeDeferred(
        _ sequences: [Int64], session: String?, at now: Milliseconds, newToken: (() -> AMQPUUID)?
    ) -> [Taken]? {
        let found = sequences.compactMap { messages[$0] }
        guard found.count == sequences.count,
            found.allSatisfy({ $0.state == .deferred && (session == nil || $0.sessionID == session) })
        else { return nil }
        return found.map { message in
            if let newToken { return lock(message, session: session, token: newToken(), at: now) }
            remove(message.sequence)
            return Taken(message: message, lock: nil)
        }
    }

    // MARK: Time

    /// Carries out what fell due. True where messages became available.
    mutating func tick(at now: Milliseconds) -> Bool {
        var news = false
        while let deadline = deadlines.popDue(at: now) {
            switch deadline {
            case .lock(let token):
                guard let lock = locks[token] else { continue }
                if lock.until <= now {
                    giveBack(token, countsDelivery: true)
                    news = true
                } else {
                    deadlines.insert(deadline, at: lock.until)
                }
            case .scheduled(let sequence):
                guard var message = messages[sequence], case .scheduled = message.state else { continue }
                activate(&message, at: now)
                messages[sequence] = message
                makeAvailable(message)
                news = true
            case .expiry(let sequence):
                // One that is locked lives until its receiver has decided.
                guard let message = messages[sequence], message.state == .active, let end = message.expiresAt, end <= now
                else { continue }
                expire(message)
            case .session(let id):
                if let until = sessions.lockedUntil(id), until > now {
                    deadlines.insert(deadline, at: until)
                } else if sessions.lockedUntil(id) != nil {
                    releaseSession(id, countsDelivery: true)
                    news = true
                }
            }
        }
        return news
    }
}

extension MessageQueue {
    /// Whether a file does not have all of it.
    var isUnsaved: Bool { isChanged || !messages.changed.isEmpty || !sessions.changedStates.isEmpty }

    mutating func markSaved() {
        isChanged = false
        messages.forgetChanges()
        sessions.forgetChanges()
    }

    /// Becomes what it was in an earlier life; `kept` is in order.
    mutating func restore(_ kept: [QueuedMessage], lastSequence: Int64) {
        self.lastSequence = lastSequence
        for message in kept {
            messages[message.sequence] = message
            order.insert(message.sequence)
            bytes += message.cost
            switch message.state {
            case .scheduled(let time): deadlines.insert(.scheduled(message.sequence), at: time)
            case .active:
                if let end = message.expiresAt { deadlines.insert(.expiry(message.sequence), at: end) }
                makeAvailable(message)
            case .locked, .deferred: break
            }
        }
    }

    /// What can be had moves over to its sessions, or back.
    mutating func setRequiresSession(_ requires: Bool) {
        guard settings.requiresSession != requires else { return }
        let active = messages.values.filter { $0.state == .active }.sorted { $0.sequence < $1.sequence }
        for message in active { withdraw(message) }
        settings.requiresSession = requires
        isChanged = true
        for message in active { makeAvailable(message) }
    }
}
