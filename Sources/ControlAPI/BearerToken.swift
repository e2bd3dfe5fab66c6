import HTTPServing
import Notifications

/// The token that requests have to bring (RFC 6750, section 2.1).
struct BearerToken: Sendable {
    enum Failure: Error {
        case missing, wrong
    }

    let expected: Secret

    func check(_ request: HTTPRequest) throws(Failure) {
        guard let credentials = request["authorization"] else { throw .missing }
        let parts = credentials.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw .missing }
        guard Self.areEqual(Array(parts[1].utf8), Array(expected.revealed.utf8)) else { throw .wrong }
    }

    /// Takes as long for a near miss as for a far one, so that time does not give the token away
    /// byte by byte.
    static func areEqual(_ given: [UInt8], _ expected: [UInt8]) -> Bool {
        var difference = given.count ^ expected.count
        for index in given.indices {
            difference |= Int(given[index] ^ (expected.isEmpty ? 0 : expected[index % expected.count]))
        }
        return difference == 0
    }
}
