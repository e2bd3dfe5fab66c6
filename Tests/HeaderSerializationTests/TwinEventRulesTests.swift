import HeaderSerialization
import Notifications
import Testing

@Suite("Rules of twin events")
struct TwinEventRulesTests {
    private func event(
        _ type: EventType, _ dialect: Dialect, subject: String? = "s", body: String = "", extensions: [ExtensionAttribute] = []
    ) -> Notification {
        Notification(
            id: "i", source: "s", type: type.name(in: dialect), subject: subject,
            dataContentType: type.defaultContentType(in: dialect), extensions: extensions, body: Array(body.utf8)[...])
    }

    private static let patch = #" [{"op":"replace","path":"/a","value":{"b":3}}]"#
    private static let object = #"{"$dtId":"t"}"#

    @Test("Each type takes the body that the seeds show and no other", arguments: EventType.allCases, Dialect.allCases)
    func bodies(_ type: EventType, _ dialect: Dialect) throws {
        let subject = "t/relationships/contains/e"
        let candidates: [(EventType.BodyShape, String)] = [(.object, Self.object), (.patch, Self.patch), (.none, "")]
        for (shape, body) in candidates {
            let event = event(type, dialect, subject: subject, body: body)
            let expected = type.bodyShape(in: dialect)
            if expected == .free || expected == shape {
                try TwinEventRules.check(event, as: type, in: dialect)
            } else {
                #expect(throws: SerializationError.self) { try TwinEventRules.check(event, as: type, in: dialect) }
            }
        }
    }

    @Test("Faults name the attribute and the rule")
    func faults() {
        func check(_ event: Notification, _ type: EventType, _ error: SerializationError) {
            #expect(throws: error) { try TwinEventRules.check(event, as: type, in: .preview) }
        }
        check(event(.twinCreate, .preview, subject: nil, body: Self.object), .twinCreate, SerializationError("subject", .missing))
        check(event(.edgeCreate, .preview, subject: "t/e", body: Self.object), .edgeCreate,
              SerializationError("subject", .notA("<twin>/relationships/<name>/<edge>"), value: "t/e"))
        check(event(.twinUpdate, .preview, body: "[1]"), .twinUpdate,
              SerializationError("body", .notA("a JSON Patch: an operation lacks op or path")))
        check(event(.twinUpdate, .preview, body: "[{"), .twinUpdate, SerializationError("body", .bodyNotJSON(JSONError(.unexpectedEnd, at: 2))))
        check(event(.modelUpload, .preview, extensions: [ExtensionAttribute(name: "modelstatus", value: .string("Good"))]),
              .modelUpload, SerializationError("modelstatus", .notA("Successful, NotFound or Failed"), value: "Good"))
        check(event(.modelPatch, .preview, extensions: [ExtensionAttribute(name: "updatereason", value: .string("create"))]),
              .modelPatch, SerializationError("updatereason", .notA("Create, Reset or Override"), value: "create"))
    }

    @Test("The values that a hub sends are taken")
    func hubAttributes() throws {
        for status in ModelStatus.allCases {
            for reason in UpdateReason.allCases {
                try TwinEventRules.check(event(.modelReload, .preview, extensions: [
                    ExtensionAttribute(name: "modelstatus", value: .string(status.rawValue)),
                    ExtensionAttribute(name: "updatereason", value: .string(reason.rawValue)),
                ]), as: .modelReload, in: .preview)
            }
        }
    }
}
