import FoundationEssentials
import Journal
import Notifications

/// The body of `POST /deadletters/redrive`: which letters become events again, with the id and the
/// sequence number that they had. At least one of `ids`, `endpoint`, `condition` and `all` says which.
///
/// One request redrives at most ``maximum`` letters; the answer's `last` is the next one's `after`.
/// A client that wants a rate asks for few at a time.
struct RedriveRequest: Decodable {
    static let maximum = 1000

    var ids: [Int64]?
    var endpoint: String?
    var condition: String?
    var all: Bool?
    /// Only letters above this id.
    var after: Int64?
    /// Only letters up to this id.
    var through: Int64?
    var limit: Int?
    /// Counts, and changes nothing.
    var dryRun: Bool?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case ids, endpoint, condition, all, after, through, limit, dryRun
    }

    init(_ body: [UInt8]) throws(APIError) {
        do {
            self = try JSONDecoder().decode(RedriveRequest.self, from: Data(body))
        } catch let error as APIError {
            throw error
        } catch {
            throw APIError(
                400, "InvalidRequest", #"the body is no redrive request; write for example {"endpoint": "hub", "limit": 100}"#)
        }
        guard ids != nil || endpoint != nil || condition != nil || all == true else {
            throw APIError(400, "FilterMissing", #"name ids, an endpoint or a condition, or write {"all": true}"#)
        }
        if let limit, !(1...Self.maximum).contains(limit) {
            throw APIError(400, "InvalidRequest", "'limit' is \(limit); write a number from 1 to \(Self.maximum)")
        }
    }

    init(from decoder: any Decoder) throws {
        try Self.checkNames(decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        ids = try values.decodeIfPresent([Int64].self, forKey: .ids)
        endpoint = try values.decodeIfPresent(String.self, forKey: .endpoint)
        condition = try values.decodeIfPresent(String.self, forKey: .condition)
        all = try values.decodeIfPresent(Bool.self, forKey: .all)
        after = try values.decodeIfPresent(Int64.self, forKey: .after)
        through = try values.decodeIfPresent(Int64.self, forKey: .through)
        limit = try values.decodeIfPresent(Int.self, forKey: .limit)
        dryRun = try values.decodeIfPresent(Bool.self, forKey: .dryRun)
    }

    /// A misspelt `dryRun` must not redrive.
    private static func checkNames(_ decoder: any Decoder) throws {
        struct AnyKey: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }
        let known = CodingKeys.allCases.map(\.rawValue)
        for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
            let nearest = Spelling.nearest(to: key.stringValue, among: known).map { "did you mean '\($0)'?" }
            throw APIError(
                400, "InvalidRequest",
                "unknown member '\(key.stringValue)'; \(nearest ?? "known here: \(known.joined(separator: ", "))")")
        }
    }

    var filter: DeadLetterFilter {
        DeadLetterFilter(
            endpoint: endpoint.map { EndpointID(rawValue: $0) }, condition: condition, ids: ids, after: after,
            through: through)
    }
}

/// What a dry run found.
struct RedrivePreview: Encodable {
    var wouldRedrive: Int
    /// The highest of their ids, for ``RedriveRequest/through``; absent when there is none.
    var through: Int64?
}

/// What became of them.
struct RedriveAnswer: Encodable {
    var redriven: Int
    /// Ids of letters whose endpoint is not configured any more.
    var withoutEndpoint: [Int64]
    /// Ids of letters that cannot be read.
    var unreadable: [Int64]
    /// The last letter that was looked at; absent when there was none.
    var last: Int64?

    init(_ result: RedriveResult) {
        redriven = result.redriven.count
        withoutEndpoint = result.withoutEndpoint
        unreadable = result.unreadable
        last = result.last
    }
}
