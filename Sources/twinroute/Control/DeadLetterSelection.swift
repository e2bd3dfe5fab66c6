import ArgumentParser
import Foundation

/// Which dead letters a command is about.
struct DeadLetterSelection: ParsableArguments {
    @Argument(help: "Numbers of dead letters, as `list` shows them.")
    var ids: [Int64] = []

    @Option(name: .shortAndLong, help: "Those of one endpoint.")
    var endpoint: String?

    @Option(name: .shortAndLong, help: "Those with one condition, such as amqp:not-allowed.")
    var condition: String?

    @Flag(help: "All of them.")
    var all = false

    func validate() throws {
        guard !ids.isEmpty || endpoint != nil || condition != nil || all else {
            throw ValidationError("say which: numbers, --endpoint, --condition or --all")
        }
    }
}

/// The body of `POST /deadletters/redrive`.
struct RedriveOrder: Encodable {
    var ids: [Int64]?
    var endpoint: String?
    var condition: String?
    var all: Bool?
    var after: Int64?
    var through: Int64?
    var limit: Int?
    var dryRun: Bool?

    init(_ selection: DeadLetterSelection) {
        ids = selection.ids.isEmpty ? nil : selection.ids
        endpoint = selection.endpoint
        condition = selection.condition
        all = selection.all ? true : nil
    }
}

/// A list's path with the parts of the query that are there.
func path(_ path: String, _ query: KeyValuePairs<String, String?>) -> String {
    var components = URLComponents()
    components.path = path
    let items = query.compactMap { name, value in value.map { URLQueryItem(name: name, value: $0) } }
    if !items.isEmpty { components.queryItems = items }
    // A plus stands for itself in a query item and for a space in a query.
    return (components.string ?? path).replacingOccurrences(of: "+", with: "%2B")
}
