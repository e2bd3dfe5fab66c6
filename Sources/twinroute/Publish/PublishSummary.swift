/// What `publish` did.
struct PublishSummary {
    var sent: Int
    /// By the broker; with QoS 0: written.
    var acknowledged: Int
    var rejected: Int
    var duration: Duration

    private var perSecond: Int { Int((Double(acknowledged) / max(duration.seconds, 1e-9)).rounded()) }
    private var seconds: String { "\((duration.seconds * 1000).rounded() / 1000)" }

    var text: String {
        "sent \(sent), acknowledged \(acknowledged), rejected \(rejected) in \(seconds) s (\(perSecond)/s)"
    }

    var json: String {
        #"{"sent":\#(sent),"acknowledged":\#(acknowledged),"rejected":\#(rejected),"seconds":\#(seconds),"perSecond":\#(perSecond)}"#
    }
}
