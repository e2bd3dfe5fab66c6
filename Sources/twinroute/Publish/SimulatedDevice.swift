/// A thermostat whose readings wander: what `publish` sends.
struct SimulatedDevice {
    let name: String
    private var number = 0
    private var temperature: Double
    private var humidity: Double
    private var random: any RandomNumberGenerator

    init(name: String, random: any RandomNumberGenerator = SystemRandomNumberGenerator()) {
        self.name = name
        self.random = random
        temperature = 20
        humidity = 40
    }

    /// The next reading as JSON; `n` counts up from 1 for each device.
    ///
    /// - Parameter size: bytes that the payload is filled up to; a reading that needs more has more.
    mutating func nextPayload(size: Int) -> [UInt8] {
        number += 1
        temperature = wander(temperature, by: 0.2, within: -10...60)
        humidity = wander(humidity, by: 0.5, within: 5...95)
        var text = #"{"device":"\#(name)","n":\#(number),"temp":\#(tenths(temperature)),"humidity":\#(tenths(humidity))"#
        let framing = #","pad":"""#.utf8.count + 1
        let missing = size - text.utf8.count - framing
        if missing > 0 {
            text += #","pad":""# + String(repeating: "x", count: missing) + #"""#
        }
        return Array((text + "}").utf8)
    }

    private mutating func wander(_ value: Double, by step: Double, within range: ClosedRange<Double>) -> Double {
        min(range.upperBound, max(range.lowerBound, value + Double.random(in: -step...step, using: &random)))
    }

    private func tenths(_ value: Double) -> String {
        let number = Int((value * 10).rounded())
        return "\(number < 0 ? "-" : "")\(abs(number) / 10).\(abs(number) % 10)"
    }
}
