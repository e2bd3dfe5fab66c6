import Synchronization
public import Testing

/// Of the suites that open journals, servers and the like, so many test cases run at once: in parallel
/// without a bound they held 1,800 open files, and starting a process then crashes in Foundation, which
/// reads beyond its list of them.
public struct FewAtATime: SuiteTrait, TestTrait, TestScoping {
    private static let places = Places(16)

    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        await Self.places.enter()
        defer { Self.places.leave() }
        try await function()
    }

    private final class Places: Sendable {
        private struct State {
            var free: Int
            var waiters: [CheckedContinuation<Void, Never>] = []
        }

        private let state: Mutex<State>

        init(_ count: Int) {
            state = Mutex(State(free: count))
        }

        func enter() async {
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiters.append(continuation)
                    return false
                }
                if isFree { continuation.resume() }
            }
        }

        func leave() {
            let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
                if state.waiters.isEmpty {
                    state.free += 1
                    return nil
                }
                return state.waiters.removeFirst()
            }
            next?.resume()
        }
    }
}

extension Trait where Self == FewAtATime {
    public static var fewAtATime: Self { FewAtATime() }
}
