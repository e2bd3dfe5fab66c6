/// Sequence numbers in ascending order. Made for queues: fast at both ends, fair in between.
struct SequenceSet {
    private var numbers: ArraySlice<Int64> = []

    var isEmpty: Bool { numbers.isEmpty }
    var count: Int { numbers.count }
    var first: Int64? { numbers.first }

    /// The index of the first number that is not below `number`.
    private func index(of number: Int64) -> Int {
        var (low, high) = (numbers.startIndex, numbers.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    mutating func insert(_ number: Int64) {
        guard let last = numbers.last, last >= number else {
            numbers.append(number)
            return
        }
        let place = index(of: number)
        if numbers[place] != number { numbers.insert(number, at: place) }
    }

    mutating func popFirst() -> Int64? {
        defer {
            // A slice keeps its whole array alive; begin anew when most of it is behind us.
            if numbers.startIndex > 1024, numbers.startIndex > numbers.count { numbers = ArraySlice(Array(numbers)) }
        }
        return numbers.popFirst()
    }

    mutating func remove(_ number: Int64) {
        if numbers.first == number {
            _ = popFirst()
            return
        }
        let place = index(of: number)
        if place < numbers.endIndex, numbers[place] == number { numbers.remove(at: place) }
    }

    /// The numbers from `number` on.
    func from(_ number: Int64) -> ArraySlice<Int64> {
        numbers[index(of: number)...]
    }
}
