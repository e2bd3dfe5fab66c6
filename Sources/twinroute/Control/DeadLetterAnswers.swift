/// What the API says of dead letters, as far as it is printed for people.
struct DeadLetterEntry: Decodable {
    struct Event: Decodable {
        var id: String
        var type: String
        var subject: String?
        var sequence: String?
    }

    var id: Int64
    var endpoint: String
    var condition: String
    var description: String
    var recordedAt: String
    var event: Event?
    var damage: String?
}

struct DeadLetterList: Decodable {
    var value: [DeadLetterEntry]
    var nextLink: String?
}

struct DeadLetterGroups: Decodable {
    struct Group: Decodable {
        var endpoint: String
        var condition: String
        var count: Int
        var firstAt: String
        var lastAt: String
    }

    var value: [Group]
}

struct RedriveReport: Decodable {
    var redriven: Int
    var withoutEndpoint: [Int64]
    var unreadable: [Int64]
    var last: Int64?
}
