private let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }

/// A number of the command line, by its place.
public func argument(_ index: Int, or fallback: Int) -> Int { numbers.count > index ? numbers[index] : fallback }

extension Duration {
    public var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
