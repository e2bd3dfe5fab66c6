import Journal
import Notifications

/// Which lane an event goes in.
///
/// The unit of order is the one that sequence numbers count in: the subject, or the source of an
/// event that has none. Two units that fall together merely wait for each other.
enum SubjectHash {
    static func lane(of event: JournalEvent, lanes: Int) -> Int {
        // Field by field: a notification that is handed on is copied.
        let hash =
            if let subject = event.notification.subject { fold(subject, seed: 0xcbf2_9ce4_8422_2325) } else {
                fold(event.notification.source, seed: 0x9e37_79b9_7f4a_7c15)
            }
        // The lower bits of FNV-1a are weak; the higher ones are mixed in.
        return Int(truncatingIfNeeded: (hash ^ (hash >> 32) ^ (hash >> 17)) & UInt64(lanes - 1))
    }

    static func haveSameUnit(_ left: JournalEvent, _ right: JournalEvent) -> Bool {
        let subject = left.notification.subject
        guard subject == right.notification.subject else { return false }
        return subject != nil || left.notification.source == right.notification.source
    }

    /// FNV-1a, eight bytes at a time.
    private static func fold(_ text: String, seed: UInt64) -> UInt64 {
        var text = text
        return text.withUTF8 { bytes in
            var hash = seed
            var index = 0
            let raw = UnsafeRawBufferPointer(bytes)
            while index + 8 <= raw.count {
                hash = (hash ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* 0x0000_0100_0000_01b3
                hash ^= hash >> 29
                index += 8
            }
            while index < raw.count {
                hash = (hash ^ UInt64(raw[index])) &* 0x0000_0100_0000_01b3
                index += 1
            }
            return hash
        }
    }
}
