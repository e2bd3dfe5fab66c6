/// What `GET /status` says, as far as it is printed for people.
struct StatusAnswer: Decodable {
    struct Source: Decodable {
        var name: String
        var received: Int
        var journalled: Int
        var recognised: Int
        var filtered: Int
        var refused: [String: Int]
        var returned: Int
    }

    struct Intake: Decodable {
        struct Stop: Decodable {
            var message: String
        }

        var open: Bool
        var stoppedBy: [Stop]
    }

    struct Store: Decodable {
        var eventsStored: Int
        var bytesOnDisk: Int64
        var deadLetters: Int
        var damagedEvents: Int
        var setAside: [String]
    }

    struct Endpoint: Decodable {
        struct Key: Decodable {
            var name: String
            var health: String
            var condition: String?
        }

        struct Books: Decodable {
            var received: Int
            var delivered: Int
            var deadLettered: Int
            var filtered: Int
            var expired: Int
            var dropped: Int
            var waiting: Int
            var unaccounted: Int
        }

        struct Backlog: Decodable {
            var bytes: Int
            var limitBytes: Int?
            var oldestSeconds: Double?
            var secondsUntilFull: Double?
            var secondsUntilDrained: Double?
        }

        var id: String
        var state: String
        var stateSeconds: Double
        var keyInUse: String
        var keys: [Key]
        var waitSeconds: Double?
        var underWay: Int
        var lastFailure: String?
        var books: Books
        var backlog: Backlog
    }

    var version: String
    var intake: Intake
    var sources: [Source]
    var journal: Store
    var endpoints: [Endpoint]
}
