import Notifications
import Synchronization
import Testing

@testable import Azure

@Suite("An Event Grid token")
struct EventGridTokenTests {
    private let key = Secret("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")

    @Test("is signed as Microsoft's client signs (reference 5.2, test vector)")
    func vector() {
        let token = EventGridToken.make(
            resource: "https://t.westeurope-1.eventgrid.azure.net/api/events?apiVersion=2018-01-01", expiry: 1_893_456_000, key: key)
        #expect(token?.contains("&e=2030-01-01%2000%3A00%3A00&s=dSQzvHfSW%2F7629sHnPc0DNDtC87qzJV8Cyx34NsCL%2Fo%3D") == true)
    }

    @Test("is used again until the last quarter of its life, and then made anew")
    func renewal() async throws {
        let now = Mutex<Int64>(1_800_000_000)
        let credential = EventGridCredential(
            .token, key: key, topic: try EventGridTopic(parsing: "t.example.net"), now: { now.withLock { $0 } })
        let first = try await credential.header()
        #expect(first.name == "aeg-sas-token")
        now.withLock { $0 += 2699 }
        #expect(try await credential.header() == first)
        now.withLock { $0 += 1 }
        #expect(try await credential.header().value != first.value)
    }

    @Test("goes into the header that the kind of topic reads")
    func headers() async throws {
        let custom = try EventGridTopic(parsing: "t.example.net")
        let ofNamespace = try EventGridTopic(parsing: "t.example.net/topics/a:publish")
        #expect(try await EventGridCredential(.key, key: key, topic: custom).header() == .init(name: "aeg-sas-key", value: key.revealed))
        #expect(try await EventGridCredential(.key, key: key, topic: ofNamespace).header() == .init(name: "authorization", value: "SharedAccessKey \(key.revealed)"))
        #expect(try await EventGridCredential(.token, key: key, topic: ofNamespace).header().value.hasPrefix("SharedAccessSignature r="))
    }
}
