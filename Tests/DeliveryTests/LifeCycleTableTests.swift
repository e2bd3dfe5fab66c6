import Azure
import Testing

@testable import Delivery

@Suite("Life cycle of an endpoint")
struct LifeCycleTableTests {
    static let pairs = EndpointState.allCases.flatMap { state in EndpointCommand.allCases.map { (state, $0) } }

    /// A life cycle that was led to a state.
    private func lifeCycle(in state: EndpointState) throws -> EndpointLifeCycle {
        var life = EndpointLifeCycle(hasSecondaryKey: false, now: .zero)
        let way: [EndpointCommand] =
            switch state {
            case .idle: []
            case .connecting: [.start]
            case .authenticating: [.start, .connected]
            case .sending: [.start, .connected, .attached]
            case .throttled: [.start, .connected, .attached, .throttle]
            case .backingOff: [.start, .failed]
            case .unauthorized: [.start, .allKeysRefused]
            case .disabled: [.disable]
            case .draining: [.start, .connected, .attached, .changed]
            }
        for command in way { _ = try life.handle(command, now: .zero) }
        #expect(life.state == state)
        return life
    }

    @Test("has every pair of state and command exactly once, as a transition or with the reason against it")
    func isComplete() {
        let legal = LifeCycleTable.transitions.map { "\($0.state), \($0.command)" }
        let illegal = LifeCycleTable.illegal.map { "\($0.state), \($0.command)" }
        let all = Self.pairs.map { "\($0), \($1)" }
        #expect((legal + illegal).sorted() == all.sorted())
    }

    @Test("does in every pair what its table says", arguments: pairs)
    func walks(_ state: EndpointState, _ command: EndpointCommand) throws {
        var life = try lifeCycle(in: state)
        guard let transition = LifeCycleTable.transition(state, command) else {
            let reason = try #require(LifeCycleTable.reason(state, command))
            #expect(throws: EndpointLifeCycle.IllegalCommand(state: state, command: command)) {
                try life.handle(command, now: .seconds(1))
            }
            #expect("\(EndpointLifeCycle.IllegalCommand(state: state, command: command))".contains(reason.rawValue))
            #expect(life.state == state)
            return
        }
        let actions = try life.handle(command, now: .seconds(1))
        switch transition.next {
        case .state(let next):
            #expect(life.state == next)
            #expect(actions == transition.actions)
            #expect(life.since == (next == state ? .zero : .seconds(1)))
        case .afterDrain:
            // The drain was for new keys.
            #expect(life.state == .connecting)
            #expect(actions == transition.actions + [.connect])
        }
    }

    @Test("every way into a session is closed before another is made, and waits are ended before others begin", arguments: LifeCycleTable.transitions)
    func effectsPair(_ transition: LifeCycleTable.Transition) {
        let withSession: Set<EndpointState> = [.connecting, .authenticating, .sending, .throttled, .draining]
        if case .state(let next) = transition.next, withSession.contains(transition.state) {
            let goesOn = withSession.contains(next) && !transition.actions.contains(.connect)
            #expect(goesOn || transition.actions.contains(.close))
        }
        if transition.state == .throttled, transition.command != .waitOver { #expect(transition.actions.first == .endWait) }
        let waits: Set<EndpointState> = [.throttled, .backingOff, .unauthorized]
        if case .state(let next) = transition.next, next != transition.state {
            #expect(waits.contains(next) == transition.actions.contains(.wait))
        }
    }

    @Test("after a drain does what came last and counts most", arguments: [
        ([EndpointCommand.changed], EndpointState.connecting, EndpointAction.connect),
        ([.disable], .disabled, .close), ([.stop], .idle, .finish), ([.changed, .stop], .idle, .finish),
        ([.stop, .changed], .idle, .finish), ([.changed, .disable], .disabled, .close),
        ([.disable, .enable], .connecting, .connect), ([.disable, .enable, .stop, .enable], .idle, .finish),
    ])
    func afterDrain(_ commands: [EndpointCommand], _ state: EndpointState, _ last: EndpointAction) throws {
        for end in [EndpointCommand.drained, .failed] {
            var life = try lifeCycle(in: .sending)
            for command in commands { _ = try life.handle(command, now: .zero) }
            #expect(life.state == .draining)
            let result1 = try life.handle(end, now: .zero)
            #expect(result1.last == last)
            #expect(life.state == state)
        }
    }

    @Test("waits as the kind of failure and the far side's hint say")
    func waits() throws {
        var life = try lifeCycle(in: .connecting)
        let failure = EndpointFailure(kind: .timedOut, condition: "c", detail: "d")
        _ = try life.failed(failure, now: .seconds(10), random: 1)
        #expect(life.waitUntil == .seconds(10) + .milliseconds(500))
        _ = try life.handle(.waitOver, now: .seconds(11))
        #expect(life.waitUntil == nil)
        _ = try life.failed(failure, now: .seconds(20), random: 1)
        #expect(life.waitUntil == .seconds(21))
        #expect(life.failures == 2)
        life.progressed()
        #expect(life.failures == 0)
    }

    @Test("throttled waits for the longest time that was asked for")
    func throttled() throws {
        func busy(_ seconds: Int?) -> EndpointFailure {
            EndpointFailure(
                kind: .throttled, condition: "com.microsoft:server-busy", detail: "d", retryAfter: seconds.map { .seconds($0) })
        }
        var life = try lifeCycle(in: .sending)
        let result2 = try life.throttled(busy(10), now: .zero, random: 0)
        #expect(result2 == [.pause, .wait])
        #expect(life.waitUntil == .seconds(10))
        let result3 = try life.throttled(busy(2), now: .seconds(1), random: 0)
        #expect(result3 == [.endWait, .wait])
        #expect(life.waitUntil == .seconds(10))
        _ = try life.throttled(busy(30), now: .seconds(1), random: 0)
        #expect(life.waitUntil == .seconds(31))
        let result4 = try life.handle(.waitOver, now: .seconds(31))
        #expect(result4 == [.resume])
        _ = try life.throttled(busy(nil), now: .seconds(40), random: 0)
        #expect(life.waitUntil == .seconds(44))
    }
}
