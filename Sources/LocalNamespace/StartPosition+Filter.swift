import AMQP
import AMQPCodec

extension StartPosition {
    /// What the client's source filter asks for (reference 4.12); without one, the beginning.
    init(of request: LinkRequest) {
        let filter = request.filters["apache.org:selector-filter:string"]
        let text: String? =
            switch filter {
            case .described(_, let value): value.text
            default: filter?.text
            }
        self = text?.contains("@latest") == true ? .end : .beginning
    }
}
