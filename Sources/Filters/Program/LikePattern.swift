/// A LIKE pattern cut at its `%`: runs of bytes that must follow each other.
///
/// Finding each run as far left as possible is enough, so matching never goes back before a run
/// that was found: the time is that of one search a run.
struct LikePattern: Hashable, Sendable {
    /// First and number of runs in the program's table.
    var firstRun: Int32
    var runCount: Int32
    /// The pattern does not begin, or end, with `%`.
    var isAnchoredAtStart: Bool
    var isAnchoredAtEnd: Bool

    struct Run: Hashable, Sendable {
        /// Place in the program's literals. A `_` is the byte 0xFF, which no UTF-8 text holds.
        var offset: Int32
        var count: Int32
        var scalars: Int32
        var hasWildcard: Bool
    }

    static let wildcard: UInt8 = 0xFF

    /// The runs of a pattern; `\%` and `\_` are the characters themselves.
    static func runs(of pattern: [UInt8]) -> (runs: [[UInt8]], isAnchoredAtStart: Bool, isAnchoredAtEnd: Bool) {
        var runs: [[UInt8]] = []
        var run: [UInt8] = []
        var index = 0
        var endsWithPercent = false
        while index < pattern.count {
            let byte = pattern[index]
            endsWithPercent = false
            if byte == UInt8(ascii: "\\"), index + 1 < pattern.count,
                pattern[index + 1] == UInt8(ascii: "%") || pattern[index + 1] == UInt8(ascii: "_") {
                run.append(pattern[index + 1])
                index += 1
            } else if byte == UInt8(ascii: "%") {
                if !run.isEmpty { runs.append(run) }
                run = []
                endsWithPercent = true
            } else {
                run.append(byte == UInt8(ascii: "_") ? wildcard : byte)
            }
            index += 1
        }
        if !run.isEmpty { runs.append(run) }
        return (runs, pattern.first != UInt8(ascii: "%"), !endsWithPercent)
    }

    /// Length in bytes of the longest run that holds `_`.
    static func longestWildcardRun(_ pattern: [UInt8]) -> Int? {
        runs(of: pattern).runs.filter { $0.contains(wildcard) }.map(\.count).max()
    }

    func matches(
        _ text: UnsafeBufferPointer<UInt8>, runs: UnsafeBufferPointer<Run>, literals: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        var first = Int(firstRun)
        var last = first + Int(runCount)
        var start = 0
        var end = text.count
        if first == last { return !isAnchoredAtStart || !isAnchoredAtEnd || end == 0 }
        if isAnchoredAtStart {
            guard let length = runs[first].length(in: text, at: 0, literals) else { return false }
            start = length
            first += 1
            if first == last { return isAnchoredAtEnd ? start == end : true }
        }
        if isAnchoredAtEnd {
            last -= 1
            guard let place = runs[last].startOfSuffix(in: text, literals), place >= start else { return false }
            guard runs[last].length(in: text, at: place, literals) == end - place else { return false }
            end = place
        }
        while first < last {
            guard let after = runs[first].find(in: text, start, end, literals) else { return false }
            start = after
            first += 1
        }
        return true
    }
}

extension LikePattern.Run {
    private func bytes(_ literals: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: literals[Int(offset)..<Int(offset + count)])
    }

    /// Bytes that the run covers at a place, or nil.
    fileprivate func length(
        in text: UnsafeBufferPointer<UInt8>, at place: Int, _ literals: UnsafeBufferPointer<UInt8>
    ) -> Int? {
        if !hasWildcard {
            return hasBytes(text, at: place, bytes(literals)) ? Int(count) : nil
        }
        var position = place
        for byte in bytes(literals) {
            guard position < text.count else { return nil }
            if byte == LikePattern.wildcard {
                position += 1
                while position < text.count, text[position] & 0xC0 == 0x80 { position += 1 }
            } else {
                guard text[position] == byte else { return nil }
                position += 1
            }
        }
        return position - place
    }

    /// Where the run must begin to end with the text.
    fileprivate func startOfSuffix(in text: UnsafeBufferPointer<UInt8>, _ literals: UnsafeBufferPointer<UInt8>) -> Int? {
        if !hasWildcard { return text.count >= Int(count) ? text.count - Int(count) : nil }
        var left = scalars
        var place = text.count
        while left > 0 {
            guard place > 0 else { return nil }
            place -= 1
            if text[place] & 0xC0 != 0x80 { left -= 1 }
        }
        return place
    }

    /// Byte after the leftmost place of the run within `start..<end`.
    fileprivate func find(
        in text: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ literals: UnsafeBufferPointer<UInt8>
    ) -> Int? {
        if !hasWildcard {
            let part = UnsafeBufferPointer(rebasing: text[start..<end])
            return firstPlace(of: bytes(literals), in: part).map { start + $0 + Int(count) }
        }
        let part = UnsafeBufferPointer(rebasing: text[0..<end])
        var place = start
        while place < end {
            if let length = length(in: part, at: place, literals) { return place + length }
            place += 1
            while place < end, text[place] & 0xC0 == 0x80 { place += 1 }
        }
        return nil
    }
}
