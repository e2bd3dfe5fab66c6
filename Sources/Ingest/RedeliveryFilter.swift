import Journal

/// Knows messages again that a broker sends a second time after a reconnect with the session
/// present, because it had not seen their PUBACKs: they are on disk already.
///
/// Over a session the broker has sent s1 … sN, of which s1 … sJ are journalled, with a mark each,
/// and has seen PUBACKs, which leave in order, up to sA, A ≤ J. After a reconnect it sends
/// s(A+1) … sN again, first, in the same order, with the same packet ids and the DUP flag set
/// (MQTT 5, 3.3.1.1, 4.4 and 4.6), and new ones without that flag behind them. So what is old is a
/// suffix of the marks, from the first message on. A message is taken for old only if
///
/// 1. its DUP flag is set,
/// 2. packet id and hash are those of the mark that is next in that suffix; the first message finds
///    its place by its packet id, and
/// 3. the suffix lies in the marks' last *run*: consecutive messages whose ids count up by one, at
///    least 9 and no deeper than 32,767; and the first message's id is not the lowest that the
///    broker gives, for the id before it is among the marks.
///
/// The first message that fails ends the filter until the next connection.
///
/// **Why nothing new is taken for old.** Once the first message is rightly known to be s(A+1), the
/// others follow, for s(J+1) comes only behind sJ, and there the filter ends; were one left out
/// because it expired, what comes in its place with its id got that id on this connection, and has
/// no DUP flag. So the first message decides. Let it be new, s(J+1), hence A = J, with DUP set since
/// an earlier connection sent it in vain, and let everything hash alike. Its id y would have to be
/// that of a mark p in the run, which reads y, y+1, … up to sJ and, being shorter than the circle of
/// ids, does not come back to y−1.
///
/// - A broker that counts its ids up for a session gave s(J+1) the id after that of sJ, which is not
///   among the last 65,534. Ids that it gave to messages and then dropped lie between the two:
///   32,768 of them in a row are the room that the depth leaves.
/// - A broker that takes the lowest free id, whatever it thinks of Receive Maximum: when s(J+1) got
///   y > 1, y was free and y−1 was not. So sp had been acknowledged and the holder of y−1 had not,
///   which then was sent behind sp and, everything before s(J+1) being journalled, has a mark behind
///   p. The run would hold y−1 behind y. And the lowest id of all is excluded.
/// - A broker that counts from 1 on each connection, passing over ids in use: the message before
///   s(J+1) on its connection had y−1 and is sJ, or all of 1 … y−1 were in use, as above.
/// - A broker that draws ids at random does not draw nine in a row.
///
/// This needs the run to be what it seems: no message read twice in it, none missing that was
/// acknowledged. So a batch is acknowledged only after the commit of its marks, also when it holds
/// no event that is wanted, and a connection begins a new run (``runBreak``) if its first message
/// that is not known again has its DUP flag set, unless the filter came to the end of the old run:
/// that message may have been read before.
///
/// Not covered: a broker that is itself set back to an older state of the session and counts on
/// from there, if the messages it then sends first are equal to those acknowledged before, and if
/// they were sent once in vain since.
public struct RedeliveryFilter: Sendable {
    /// The numbers that the argument rests on; others for simulations, which meet every coincidence
    /// sooner when ids come round after a dozen messages.
    struct Scale: Sendable {
        /// Packet ids go from 1 to this.
        var identifiers = 65_535
        /// Consecutive ids that a run must show before it is trusted.
        var proof = 9
        /// The half of the circle that lies behind: an id there is old, one ahead is new.
        var maximumDepth = 32_767

        func id(after id: UInt16) -> UInt16? {
            guard id != 0 else { return nil }
            return id < identifiers ? id + 1 : 1
        }
    }

    /// Between the marks of two connections whose messages need not be consecutive. No message of
    /// QoS 1 has the packet id 0 (MQTT 5, 2.2.1).
    public static let runBreak = IntakeMark(packetID: 0, hash: 0)

    private enum State {
        case searching
        /// The next message must be the one so many places before the last mark.
        case following(depth: Int)
        case ended
    }

    private let scale: Scale
    /// Of the marks that may come again, the oldest first.
    private let hashes: [UInt64]
    private let lastID: UInt16
    /// Which ids the marks hold.
    private let seen: [Bool]
    private var state: State
    /// Whether the next mark may not continue the run.
    private var beginsRun = true
    private var isNewSession = false

    /// - Parameter marks: the marks of the session, the oldest first; ``IntakeMarks/maximumCount``
    ///   are enough.
    public init(marks: [IntakeMark]) {
        self.init(marks: marks, scale: Scale())
    }

    /// For a session that has just begun, in case the marks of the one before are still there.
    public static let newSession: RedeliveryFilter = {
        var filter = RedeliveryFilter(marks: [])
        filter.isNewSession = true
        return filter
    }()

    init(marks: [IntakeMark], scale: Scale) {
        var length = marks.last.map { $0.packetID == 0 ? 0 : 1 } ?? 0
        while length > 0, length < marks.count, length < scale.maximumDepth,
            scale.id(after: marks[marks.count - length - 1].packetID) == marks[marks.count - length].packetID
        {
            length += 1
        }
        hashes = length < scale.proof ? [] : marks.suffix(length).map(\.hash)
        var seen = [Bool](repeating: false, count: hashes.isEmpty ? 0 : 65_536)
        if !hashes.isEmpty {
            for mark in marks { seen[Int(mark.packetID)] = true }
        }
        lastID = marks.last?.packetID ?? 0
        self.scale = scale
        self.seen = seen
        state = hashes.isEmpty ? .ended : .searching
    }

    /// Whether the message is journalled already. To be asked about every message of QoS 1 of the
    /// connection, in order.
    ///
    /// - Parameters:
    ///   - redelivered: the DUP flag.
    ///   - marks: takes what must be committed with the message unless it is old.
    public mutating func recognises(
        _ message: IntakeMark, redelivered: Bool, orAddsTo marks: inout [IntakeMark]
    ) -> Bool {
        if recognises(message, redelivered: redelivered) { return true }
        // What was never sent before is behind everything that was: it continues the run.
        if beginsRun, redelivered || isNewSession { marks.append(Self.runBreak) }
        beginsRun = false
        marks.append(message)
        return false
    }

    private mutating func recognises(_ message: IntakeMark, redelivered: Bool) -> Bool {
        if case .ended = state { return false }
        guard redelivered, let depth = depth(of: message.packetID), hashes[hashes.count - 1 - depth] == message.hash,
            isExpected(depth, message.packetID)
        else {
            state = .ended
            return false
        }
        if depth == 0 {
            state = .ended
            beginsRun = false
        } else {
            state = .following(depth: depth - 1)
        }
        return true
    }

    private func isExpected(_ depth: Int, _ id: UInt16) -> Bool {
        switch state {
        case .searching: id > 1 && seen[Int(id) - 1]
        case .following(let next): depth == next
        case .ended: false
        }
    }

    /// How many places before the last mark the run had this id; `nil`: not among those trusted.
    private func depth(of id: UInt16) -> Int? {
        guard id != 0 else { return nil }
        let depth = (Int(lastID) - Int(id) + scale.identifiers) % scale.identifiers
        return depth < hashes.count ? depth : nil
    }
}
