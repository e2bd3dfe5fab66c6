import Azure
import Journal

/// What became of the events of some reports.
struct Verdicts {
    var settled: [EventOffset] = []
    /// To be put into the dead letters; each holds its subject until that is done.
    var refused: [Refusal] = []
    /// Events that will be sent again.
    var returned = 0
    var firstReturn: EndpointFailure?
    /// The far side asks for less: nothing more is sent until the schedule is resumed.
    var throttled: EndpointFailure?
    /// No event can get through: nothing more is sent, the session is to end.
    var fatal: EndpointFailure?
}
