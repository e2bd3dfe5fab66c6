/// Durations as `PT1H30M`, `P1DT5S`.
enum ISODuration {
    static func milliseconds(_ text: String) -> Milliseconds? {
        guard text.hasPrefix("P"), text.count > 2 else { return nil }
        var total: Milliseconds = 0
        var isTime = false
        var digits = ""
        for character in text.dropFirst() {
            if character.isNumber {
                digits.append(character)
                continue
            }
            if character == "T", digits.isEmpty {
                isTime = true
                continue
            }
            guard let number = Milliseconds(digits), number < 100_000_000, let unit = unit(character, isTime) else { return nil }
            total += number * unit
            digits = ""
        }
        return digits.isEmpty ? total : nil
    }

    private static func unit(_ letter: Character, _ isTime: Bool) -> Milliseconds? {
        switch (letter, isTime) {
        case ("D", false): 86_400_000
        case ("H", true): 3_600_000
        case ("M", true): 60_000
        case ("S", true): 1000
        default: nil
        }
    }
}
