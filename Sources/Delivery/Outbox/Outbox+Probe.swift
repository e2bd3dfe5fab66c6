import Azure
import Logging
import Synchronization

extension Outbox {
    /// Tries the key that is not in use, seldom, so that nobody learns in an outage that it is dead.
    func probeIdleKey() async {
        var wait = min(probeInterval, .seconds(60)) * Double.random(in: 0...1)
        while !Task.isCancelled {
            guard (try? await clock.sleep(until: clock.now + wait)) != nil else { return }
            await probeOnce()
            wait = probeInterval * Double.random(in: 0.75...1.25)
        }
    }

    /// Connects, signs in, attaches and closes; only while the key in use does its work, for
    /// otherwise both are tried anyhow.
    private func probeOnce() async {
        let target = state.withLock { state -> (EndpointKey, any EndpointConnector, Int)? in
            guard state.lifeCycle.state == .sending || state.lifeCycle.state == .throttled,
                let key = state.lifeCycle.keys.idle
            else { return nil }
            return (key, state.connectors[key], state.lifeCycle.keys.generation)
        }
        guard let (key, connector, generation) = target else { return }
        do throws(EndpointFailure) {
            guard let session = try await ConnectAttempt.connect(connector) else { return }
            await session.close()
            signal(.probed(key, nil, generation: generation))
        } catch {
            signal(.probed(key, error, generation: generation))
        }
    }
}
