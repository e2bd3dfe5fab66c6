import AMQP
import AMQPCodec

/// `ENTITY/$management`: what Service Bus clients ask (reference 4.13). Rules of subscriptions are
/// not here.
final class ServiceBusManagement: RequestNode {
    private unowned let namespace: Namespace
    private let node: NodeAddress

    init(namespace: Namespace, node: NodeAddress) {
        self.namespace = namespace
        self.node = node
    }

    func answer(_ request: AMQPMessage, from client: Client) -> AMQPMessage {
        let operation = request.applicationProperties["operation"]?.text ?? ""
        do throws(Refusal) {
            guard case .value(.map(let body)) = request.body else {
                throw Refusal("com.microsoft:argument-error", "the request's body is no map")
            }
            guard let result = try carryOut(operation, body) else {
                return StatusNames.camelCase.answer(204, "No content")
            }
            return StatusNames.camelCase.answer(200, "OK", body: .map(result))
        } catch {
            let condition = error.condition
            return StatusNames.camelCase.answer(
                Self.code(for: condition.condition), condition.description ?? "", condition: condition.condition)
        }
    }

    private static func code(for condition: String) -> Int32 {
        switch condition {
        case "com.microsoft:message-lock-lost", "com.microsoft:session-lock-lost": 410
        case "com.microsoft:message-not-found", "amqp:not-found": 404
        case "amqp:not-implemented": 501
        case "amqp:resource-limit-exceeded": 403
        default: 400
        }
    }

    private func queue() throws(Refusal) -> Queue {
        guard let queue = try namespace.queue(at: node, isServiceBus: true) else {
            throw Refusal("amqp:not-allowed", "'\(node.path)' is neither queue nor subscription")
        }
        return queue
    }

    /// Nil: there is nothing.
    private func carryOut(_ operation: String, _ body: AMQPMap) throws(Refusal) -> AMQPMap? {
        switch operation {
        case "com.microsoft:peek-message": return try peek(body)
        case "com.microsoft:renew-lock": return try renewLocks(body)
        case "com.microsoft:renew-session-lock": return try renewSession(body)
        case "com.microsoft:get-session-state":
            let state = try queue().state.sessions.state(of: try sessionID(body))
            return ["session-state": state.map { .binary($0) } ?? .null]
        case "com.microsoft:set-session-state": return try setSessionState(body)
        case "com.microsoft:get-message-sessions": return try sessions(body)
        case "com.microsoft:schedule-message": return try schedule(body)
        case "com.microsoft:cancel-scheduled-message":
            for number in try numbers(body, "sequence-numbers") { try namespace.cancelScheduled(number, at: node) }
            return [:]
        case "com.microsoft:receive-by-sequence-number": return try receiveDeferred(body)
        case "com.microsoft:update-disposition": return try updateDisposition(body)
        default: throw Refusal("amqp:not-implemented", "'\(operation)' is not here")
        }
    }

    // MARK: Reading the request

    private func sessionID(_ body: AMQPMap) throws(Refusal) -> String {
        guard let id = body["session-id"]?.text else {
            throw Refusal("com.microsoft:argument-error", "session-id is missing")
        }
        return id
    }

    private func elements(_ body: AMQPMap, _ name: String) throws(Refusal) -> [AMQPValue] {
        switch body[name] {
        case .array(let array)?: return array.elements
        case .list(let list)?: return list
        default: throw Refusal("com.microsoft:argument-error", "\(name) is missing")
        }
    }

    private func numbers(_ body: AMQPMap, _ name: String) throws(Refusal) -> [Int64] {
        try elements(body, name).compactMap(\.integer)
    }

    private func tokens(_ body: AMQPMap) throws(Refusal) -> [AMQPUUID] {
        try elements(body, "lock-tokens").compactMap { if case .uuid(let token) = $0 { token } else { nil } }
    }

    private static func array(_ type: AMQPType, _ elements: [AMQPValue]) -> AMQPValue {
        AMQPArray(of: type, elements).map { .array($0) } ?? .null
    }

    // MARK: Operations

    private func peek(_ body: AMQPMap) throws(Refusal) -> AMQPMap? {
        let queue = try queue()
        let found = queue.state.peek(
            from: body["from-sequence-number"]?.integer ?? 0, count: Int(clamping: body["message-count"]?.integer ?? 1),
            session: body["session-id"]?.text, at: namespace.now)
        guard !found.isEmpty else { return nil }
        var bytes = 0
        let messages: [AMQPValue] = found.map { message in
            let image = MessageImage.bytes(of: message, lockedUntil: nil, tellsState: true)
            bytes += image.count
            return .map(["message": .binary(image)])
        }
        // The answer is one message: at most what a link takes, and at least one.
        var count = messages.count
        while count > 1, bytes > Int(Namespace.maximumMessageBytes) / 2 {
            count -= 1
            bytes -= found[count].bytes.count
        }
        return ["messages": .list(Array(messages[..<count]))]
    }

    private func renewLocks(_ body: AMQPMap) throws(Refusal) -> AMQPMap {
        let queue = try queue()
        let now = namespace.now
        let ends = try tokens(body).map { token in queue.change { $0.renewLock(token, at: now) } }
        guard !ends.isEmpty, !ends.contains(nil) else {
            throw Refusal("com.microsoft:message-lock-lost", "the lock has expired or the message was settled")
        }
        return ["expirations": Self.array(.timestamp, ends.compactMap { $0.map { .timestamp($0) } })]
    }

    private func renewSession(_ body: AMQPMap) throws(Refusal) -> AMQPMap {
        let id = try sessionID(body)
        let now = namespace.now
        guard let end = try queue().change({ $0.renewSession(id, at: now) }) else {
            throw Refusal("com.microsoft:session-lock-lost", "nobody holds session '\(id)'")
        }
        return ["expiration": .timestamp(end)]
    }

    private func setSessionState(_ body: AMQPMap) throws(Refusal) -> AMQPMap {
        let id = try sessionID(body)
        var state: [UInt8]?
        if case .binary(let bytes)? = body["session-state"] { state = bytes }
        guard (state?.count ?? 0) <= 256 << 10 else {
            throw Refusal("com.microsoft:argument-out-of-range", "a session's state has at most 256 KiB")
        }
        let queue = try queue()
        queue.change { $0.sessions.setState(state, of: id) }
        try queue.checkSaved()
        return [:]
    }

    private func sessions(_ body: AMQPMap) throws(Refusal) -> AMQPMap? {
        let skip = Int(clamping: body["skip"]?.integer ?? 0)
        let ids = try queue().state.sessions.ids.dropFirst(max(0, skip)).prefix(Int(clamping: body["top"]?.integer ?? 100))
        guard !ids.isEmpty else { return nil }
        return ["skip": .int(Int32(clamping: skip + ids.count)), "sessions-ids": Self.array(.string, ids.map { .string($0) })]
    }

    private func schedule(_ body: AMQPMap) throws(Refusal) -> AMQPMap {
        var numbers: [AMQPValue] = []
        for entry in try elements(body, "messages") {
            guard case .map(let map) = entry, case .binary(let bytes)? = map["message"] else {
                throw Refusal("com.microsoft:argument-error", "a message is missing")
            }
            numbers.append(.long(try namespace.schedule(try message(bytes), at: node)))
        }
        return ["sequence-numbers": Self.array(.long, numbers)]
    }

    private func message(_ bytes: [UInt8]) throws(Refusal) -> AMQPMessageBytes {
        do throws(AMQPDecodingError) {
            return try AMQPMessageBytes(bytes[...])
        } catch {
            throw Refusal("amqp:decode-error", "\(error)")
        }
    }

    private func receiveDeferred(_ body: AMQPMap) throws(Refusal) -> AMQPMap {
        let wanted = try numbers(body, "sequence-numbers")
        let session = body["session-id"]?.text
        let newToken: (() -> AMQPUUID)? = body["receiver-settle-mode"]?.integer == 0 ? nil : { LockToken.random() }
        let now = namespace.now
        let taken = try queue().change { $0.takeDeferred(wanted, session: session, at: now, newToken: newToken) }
        guard let taken, !taken.isEmpty else {
            throw Refusal("com.microsoft:message-not-found", "a sequence number is not that of a deferred message")
        }
        return ["messages": .list(taken.map { one in
            let image = MessageImage.bytes(of: one.message, lockedUntil: one.lock?.until)
            var map: AMQPMap = ["message": .binary(image)]
            if let lock = one.lock { map.append("lock-token", .uuid(lock.token)) }
            return .map(map)
        })]
    }

    private func updateDisposition(_ body: AMQPMap) throws(Refusal) -> AMQPMap {
        let disposition: MessageQueue.Disposition
        switch body["disposition-status"]?.text {
        case "completed": disposition = .complete
        case "abandoned": disposition = .abandon(countsDelivery: true)
        case "defered", "deferred": disposition = .deferred
        case "suspended":
            disposition = .deadLetter(
                reason: body["deadletter-reason"]?.text ?? "", description: body["deadletter-description"]?.text)
        default: throw Refusal("com.microsoft:argument-error", "disposition-status is unknown")
        }
        let queue = try queue()
        let now = namespace.now
        for token in try tokens(body) {
            switch queue.change({ $0.settle(token, as: disposition, at: now) }) {
            case .done: break
            case .messageLockLost:
                throw Refusal("com.microsoft:message-lock-lost", "the lock has expired or the message was settled")
            case .sessionLockLost:
                throw Refusal("com.microsoft:session-lock-lost", "the lock on the session has expired")
            }
        }
        try queue.checkSaved()
        return [:]
    }
}
