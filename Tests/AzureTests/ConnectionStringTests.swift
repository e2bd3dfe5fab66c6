import Azure
import Notifications
import Testing

@Suite("Connection strings")
struct ConnectionStringTests {
    private func parse(_ text: String) throws -> ConnectionString {
        try ConnectionString(parsing: Secret(text))
    }

    private func faults(_ text: String) -> [ConnectionStringError] {
        do {
            _ = try ConnectionString(parsing: Secret(text))
            return []
        } catch {
            return error.faults
        }
    }

    @Test("of the portal: TLS to port 5671, and a key that ends in '='")
    func portal() throws {
        let read = try parse(
            "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=YWJj=;EntityPath=hub")
        #expect(
            read
                == ConnectionString(
                    host: "ns.servicebus.windows.net", usesTLS: true,
                    authentication: .sharedAccessKey(name: "send", key: Secret("YWJj=")), entityPath: "hub"))
        #expect(read.port == 5671)
    }

    @Test("take keys in any case and order, white space, and one trailing ';'")
    func tolerance() throws {
        let read = try parse("\n sharedaccesskey = k== ; ENTITYPATH=/q/ ;endpoint= SB://h.example ;SharedAccessKeyName=n; ")
        #expect(read.host == "h.example")
        #expect(read.entityPath == "q")
        #expect(read.authentication == .sharedAccessKey(name: "n", key: Secret("k==")))
    }

    @Test("keep a port that is written, with TLS too")
    func port() throws {
        #expect(try parse("Endpoint=sb://h:5679/;SharedAccessKeyName=n;SharedAccessKey=k").port == 5679)
        #expect(try parse("Endpoint=sb://h:5679/;SharedAccessKeyName=n;SharedAccessKey=k").usesTLS)
        #expect(try parse("Endpoint=sb://[::1]:5679;SharedAccessKeyName=n;SharedAccessKey=k").host == "::1")
    }

    @Test("of an emulator: plain TCP, port 5672 unless another is written")
    func emulator() throws {
        let tail = ";SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;"
        let read = try parse("Endpoint=sb://localhost" + tail)
        #expect(read.port == 5672)
        #expect(!read.usesTLS)
        #expect(read.isEmulator)
        #expect(try parse("Endpoint=sb://localhost:5700" + tail).port == 5700)
    }

    @Test("with a ready signature, and with HostName instead of Endpoint")
    func signature() throws {
        let token = "SharedAccessSignature sr=a&sig=b%3D&se=1&skn=n"
        let read = try parse("HostName=ns.example;SharedAccessSignature=\(token)")
        #expect(read.host == "ns.example")
        #expect(read.authentication == .sharedAccessSignature(Secret(token)))
    }

    @Test("as AMQP URLs, for peers that are not Azure")
    func urls() throws {
        #expect(
            try parse("amqp://guest:p%40ss@rabbit")
                == ConnectionString(
                    host: "rabbit", usesTLS: false,
                    authentication: .plain(user: "guest", password: Secret("p@ss"))))
        #expect(try parse("amqps://broker:5690/") == ConnectionString(host: "broker", port: 5690, usesTLS: true, authentication: .anonymous))
        #expect(faults("amqp://guest@rabbit") == [.badLogin])
        #expect(faults("amqp://:p@rabbit") == [.badLogin])
        #expect(faults("amqp://u:%zz@rabbit") == [.badLogin])
        #expect(faults("amqp://rabbit/queue") == [.pathInURL])
        #expect(faults("amqp://rabbit:0") == [.badPort])
        #expect(faults("amqp://") == [.badHost])
    }

    @Test(
        "with faults: each one is named, all at once",
        arguments: [
            ("", [.empty]),
            ("  ", [.empty]),
            ("Endpoint=sb://h/;SharedAccessKeyName=n", [.keyNameWithoutKey]),
            ("Endpoint=sb://h/;SharedAccessKey=k", [.keyWithoutKeyName]),
            ("Endpoint=sb://h/", [.noCredentials]),
            ("Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=k;SharedAccessSignature=s", [.keyAndSignature]),
            ("SharedAccessKeyName=n;SharedAccessKey=k", [.missingEndpoint]),
            ("Endpoint=https://h/;SharedAccessKeyName=n;SharedAccessKey=k", [.badScheme]),
            ("Endpoint=sb://h:70000/;SharedAccessKeyName=n;SharedAccessKey=k", [.badPort]),
            ("Endpoint=sb://h h/;SharedAccessKeyName=n;SharedAccessKey=k", [.badHost]),
            ("Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=", [.emptyValue(key: "SharedAccessKey")]),
            ("Endpoint=sb://h/;Endpoint=sb://i/;SharedAccessKeyName=n;SharedAccessKey=k", [.duplicateKey(key: "Endpoint")]),
            ("Endpoint=sb://h/;SharedAccesKey=k;SharedAccessKeyName=n;SharedAccessKey=k", [.unknownKey(part: 2, nearest: "SharedAccessKey")]),
            ("Endpoint=sb://h/;;SharedAccessKeyName=n;SharedAccessKey=k", [.partWithoutEquals(part: 2)]),
            ("Endpoint=sb://h/;=x;SharedAccessKeyName=n;SharedAccessKey=k", [.emptyKey(part: 2)]),
            ("Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=True", [.badEmulatorFlag]),
            ("Endpoint=ns;SharedAccessKey=k;x", [.partWithoutEquals(part: 3), .keyWithoutKeyName, .badScheme]),
        ] as [(String, [ConnectionStringError])])
    func oneFaultEach(text: String, expected: [ConnectionStringError]) {
        #expect(faults(text) == expected)
    }

    @Test("never show a key: not in descriptions, dumps or faults")
    func masked() throws {
        for text in [
            "Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=hunter2",
            "Endpoint=sb://h/;SharedAccessSignature=hunter2", "amqp://u:hunter2@h",
        ] {
            let read = try parse(text)
            var shown = "\(read) \(String(reflecting: read))"
            dump(read, to: &shown)
            #expect(!shown.contains("hunter2"))
            #expect(shown.contains(Secret.mask))
        }
        for text in ["hunter2", "hunter2=x", "Endpoint=hunter2;hunter2", "amqp://u:hunter2@h:x", "SharedAccessKey=hunter2;UseDevelopmentEmulator=hunter2"] {
            let error = #expect(throws: ConnectionStringFaults.self) { try parse(text) }
            #expect(error?.description.contains("hunter2") == false)
        }
    }
}
