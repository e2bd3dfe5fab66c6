import Notifications
import Testing

@Suite("What looks like a token in a far side's text")
struct TokenMaskTests {
    @Test(
        "is hidden, and nothing else",
        arguments: [
            ("Bearer eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl was refused", "Bearer *** was refused"),
            ("cut: eyJhbGciOiJSUzI1NiIs", "cut: ***"),
            ("SharedAccessSignature sr=x&sig=abc%3D&se=1&skn=k", "SharedAccessSignature sr=x&sig=***&se=1&skn=k"),
            ("r=topic&e=2030&s=abc%3D \"", "r=topic&e=2030&s=*** \""),
            ("InvalidSignature: the token's signature is wrong; sig= is empty", "InvalidSignature: the token's signature is wrong; sig= is empty"),
            ("heyJude, eyJ, and Grüße 🙂", "heyJude, eyJ, and Grüße 🙂"),
            ("", ""),
        ])
    func masked(text: String, expected: String) {
        #expect(TokenMask.masked(text) == expected)
    }
}
