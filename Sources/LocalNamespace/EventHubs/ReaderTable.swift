/// Who reads one partition for one consumer group, and who has to give way (reference 4.8).
struct ReaderTable {
    enum Admission: Equatable {
        /// Those that lose their link to the new one.
        case accepted(stolen: [Int])
        /// A reader with a higher owner level is there.
        case stolen(by: Int64)
        case tooMany
    }

    /// As Event Hubs has it for readers without an owner level (reference 4.9).
    static let maximumReaders = 5

    private var owners: [Int: Int64?] = [:]

    var isEmpty: Bool { owners.isEmpty }

    /// - Parameter level: the owner level (epoch); nil for a reader without one.
    mutating func admit(_ reader: Int, level: Int64?) -> Admission {
        let highest = owners.values.compactMap(\.self).max()
        if let highest, level.map({ $0 < highest }) ?? true { return .stolen(by: highest) }
        guard level != nil else {
            guard owners.count < Self.maximumReaders else { return .tooMany }
            owners[reader] = .some(nil)
            return .accepted(stolen: [])
        }
        let stolen = owners.keys.sorted()
        owners = [reader: level]
        return .accepted(stolen: stolen)
    }

    mutating func leave(_ reader: Int) {
        owners[reader] = nil
    }
}
