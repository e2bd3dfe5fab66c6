import Testing

@testable import Journal

@Suite struct ChecksumTests {
    @Test("agrees with the published values of XXH64", arguments: [
        ("", 0xEF46_DB37_51D8_E999 as UInt64),
        ("a", 0xD24E_C4F1_A98C_6E5B),
        ("abc", 0x44BC_2CF5_AD77_0999),
        ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
    ])
    func knownValues(text: String, expected: UInt64) {
        #expect(Checksum.of(Array(text.utf8)) == expected)
    }

    @Test("one flipped bit anywhere changes it")
    func flippedBits() {
        let bytes = (0..<77).map { UInt8($0) }
        let whole = Checksum.of(bytes)
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << UInt8(bit)
                #expect(Checksum.of(damaged) != whole)
            }
        }
    }
}
