@inline(__always)
func areEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
    left.count == right.count && hasBytes(left, at: 0, right)
}

/// `needle` stands at `place` of `text`.
@inline(__always)
func hasBytes(_ text: UnsafeBufferPointer<UInt8>, at place: Int, _ needle: UnsafeBufferPointer<UInt8>) -> Bool {
    let count = needle.count
    guard text.count - place >= count else { return false }
    guard count > 0, let left = text.baseAddress, let right = needle.baseAddress else { return true }
    var index = 0
    let a = UnsafeRawPointer(left + place)
    let b = UnsafeRawPointer(right)
    while index + 8 <= count {
        if a.loadUnaligned(fromByteOffset: index, as: UInt64.self) != b.loadUnaligned(fromByteOffset: index, as: UInt64.self) {
            return false
        }
        index += 8
    }
    while index < count {
        if left[place + index] != right[index] { return false }
        index += 1
    }
    return true
}

/// Order of two UTF-8 texts by their bytes, which is the order of their Unicode scalars.
func order(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
    for index in 0..<min(left.count, right.count) where left[index] != right[index] {
        return left[index] < right[index] ? -1 : 1
    }
    return left.count - right.count
}

/// Leftmost place of `needle` in `text`, in time linear in both: short needles are tried place by
/// place (at most 32 steps each), longer ones searched with a failure table (Knuth, Morris, Pratt).
func firstPlace(of needle: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let first = needle.first else { return 0 }
    guard needle.count <= text.count else { return nil }
    if needle.count > 32 { return firstPlaceOfLong(needle, text) }
    let last = text.count - needle.count
    var place = 0
    while place <= last {
        if text[place] == first, hasBytes(text, at: place, needle) { return place }
        place += 1
    }
    return nil
}

private func firstPlaceOfLong(_ needle: UnsafeBufferPointer<UInt8>, _ text: UnsafeBufferPointer<UInt8>) -> Int? {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: needle.count) { table in
        table.initialize(repeating: 0)
        var matched = 0
        for index in 1..<needle.count {
            while matched > 0, needle[index] != needle[matched] { matched = Int(table[matched - 1]) }
            if needle[index] == needle[matched] { matched += 1 }
            table[index] = Int32(truncatingIfNeeded: matched)
        }
        matched = 0
        for index in text.indices {
            while matched > 0, text[index] != needle[matched] { matched = Int(table[matched - 1]) }
            if text[index] == needle[matched] { matched += 1 }
            if matched == needle.count { return index + 1 - matched }
        }
        return nil
    }
}
