import Foundation
import GRDB

/// Reads rows from the pages of a SQLite file without its trees: where a page that leads to others
/// is lost, those others are still there. (The file format is at sqlite.org/fileformat2.html.)
///
/// It also finds rows that were deleted and whose pages were not used again. The caller must know
/// such a row by what is in it.
struct PageScan {
    private let file: FileHandle
    private let pages: UInt64
    private static let size = Store.pageBytes
    private static let leafOfTable: UInt8 = 0x0D

    init(_ path: String) throws {
        file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        pages = try file.seekToEnd() / UInt64(Self.size)
    }

    /// Calls `body` with the number and the columns of each row that has so many columns.
    func rows(columns: Int, _ body: (Int64, [DatabaseValue]) throws -> Void) throws {
        for number in 2...max(2, pages) {
            guard let page = page(number), page[0] == Self.leafOfTable else { continue }
            let count = Int(page[3]) << 8 | Int(page[4])
            guard 8 + 2 * count <= Self.size else { continue }
            for cell in 0..<count {
                let place = Int(page[8 + 2 * cell]) << 8 | Int(page[9 + 2 * cell])
                guard let (row, payload) = payload(of: page, at: place), let values = Self.record(payload),
                    values.count == columns
                else { continue }
                try body(row, values)
            }
        }
        try file.close()
    }

    private func page(_ number: UInt64) -> [UInt8]? {
        guard number >= 1, number <= pages, (try? file.seek(toOffset: (number - 1) * UInt64(Self.size))) != nil,
            let data = try? file.read(upToCount: Self.size), data.count == Self.size
        else { return nil }
        return [UInt8](data)
    }

    private func payload(of page: [UInt8], at place: Int) -> (row: Int64, payload: [UInt8])? {
        var place = place
        guard let length = Self.varint(page, &place), let row = Self.varint(page, &place),
            length >= 0, length <= Int64(pages) * Int64(Self.size)
        else { return nil }
        let all = Int(length)
        let local = Self.localBytes(all)
        guard place + local <= Self.size else { return nil }
        var payload = Array(page[place..<(place + local)])
        guard local < all else { return (row, payload) }
        guard place + local + 4 <= Self.size else { return nil }
        var next = Self.number(page, place + local)
        while payload.count < all {
            // A chain that runs in a circle ends with the payload.
            guard let overflow = self.page(next) else { return nil }
            payload += overflow[4..<min(Self.size, 4 + all - payload.count)]
            next = Self.number(overflow, 0)
        }
        return (row, payload)
    }

    /// How much of a payload lies in the cell.
    private static func localBytes(_ all: Int) -> Int {
        if all <= size - 35 { return all }
        let least = (size - 12) * 32 / 255 - 23
        let fitting = least + (all - least) % (size - 4)
        return fitting <= size - 35 ? fitting : least
    }

    private static func record(_ bytes: [UInt8]) -> [DatabaseValue]? {
        var head = 0
        guard let headBytes = varint(bytes, &head), headBytes >= 1, headBytes <= bytes.count else { return nil }
        var place = Int(headBytes)
        var values: [DatabaseValue] = []
        while head < Int(headBytes) {
            guard let type = varint(bytes, &head), let length = length(of: type), place + length <= bytes.count else {
                return nil
            }
            values.append(value(type, bytes[place..<(place + length)]))
            place += length
        }
        return values
    }

    private static func length(of type: Int64) -> Int? {
        switch type {
        case 0, 8, 9: 0
        case 1...4: Int(type)
        case 5: 6
        case 6, 7: 8
        case 12...: Int((type - 12) / 2)
        default: nil
        }
    }

    private static func value(_ type: Int64, _ bytes: ArraySlice<UInt8>) -> DatabaseValue {
        switch type {
        case 1...6:
            let isNegative = (bytes.first ?? 0) & 0x80 != 0
            return bytes.reduce(isNegative ? -1 as Int64 : 0) { $0 << 8 | Int64($1) }.databaseValue
        case 8: return (0 as Int64).databaseValue
        case 9: return (1 as Int64).databaseValue
        case 12...: return type % 2 == 0 ? Data(bytes).databaseValue : String(decoding: bytes, as: UTF8.self).databaseValue
        default: return .null
        }
    }

    /// Up to nine bytes, the most significant first; seven bits each, the ninth has eight.
    private static func varint(_ bytes: [UInt8], _ place: inout Int) -> Int64? {
        var value: UInt64 = 0
        for index in 0..<9 {
            guard place < bytes.count else { return nil }
            let byte = bytes[place]
            place += 1
            if index == 8 { return Int64(bitPattern: value << 8 | UInt64(byte)) }
            value = value << 7 | UInt64(byte & 0x7F)
            if byte & 0x80 == 0 { return Int64(bitPattern: value) }
        }
        return nil
    }

    private static func number(_ bytes: [UInt8], _ place: Int) -> UInt64 {
        bytes[place..<(place + 4)].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
