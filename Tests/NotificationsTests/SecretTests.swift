import Foundation
import Notifications
import Testing

@Suite("A secret")
struct SecretTests {
    private struct Holder {
        var key: Secret
        var keys: [Secret]
        var maybe: Secret?
    }

    @Test("shows a mask to whatever prints, describes, dumps, mirrors or encodes it")
    func masked() throws {
        let secret = Secret("hunter2")
        let holder = Holder(key: secret, keys: [secret], maybe: secret)
        var dumped = ""
        dump(secret, to: &dumped)
        dump(holder, to: &dumped)
        let shown = [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\(holder)", String(reflecting: holder),
            dumped, "\(Mirror(reflecting: secret).children.map(\.value))",
            String(decoding: try JSONEncoder().encode([secret]), as: UTF8.self),
        ]
        for text in shown { #expect(!text.contains("hunter2")) }
        #expect(shown[0] == Secret.mask)
    }

    @Test("is known only to who asks for it")
    func revealed() {
        #expect(Secret("hunter2").revealed == "hunter2")
        #expect(Secret("a") == Secret("a"))
        #expect(Secret("a") != Secret("b"))
        #expect(Secret("").isEmpty)
    }
}
