import Foundation
import Testing

@testable import Ingest

@Suite("Notification ids")
struct IdentifierGeneratorTests {
    @Test("are version 4 UUIDs, each another")
    func areUUIDs() throws {
        var generator = IdentifierGenerator()
        var seen: Set<String> = []
        for _ in 0..<10_000 {
            let id = generator.nextID()
            #expect(UUID(uuidString: id)?.uuidString.lowercased() == id)
            let characters = Array(id)
            #expect(characters[14] == "4")
            #expect("89ab".contains(characters[19]))
            seen.insert(id)
        }
        #expect(seen.count == 10_000)
    }
}
